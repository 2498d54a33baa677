"""The strategies and execution algorithms that ship with the program."""
