"""The guide: Markdown that ships with the program, and how a page of it is found and drawn."""
