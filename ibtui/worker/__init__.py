"""The process that runs one strategy."""
