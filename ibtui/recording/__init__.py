"""Market data in files: read, write, export."""
