"""The way to IB: one connection, what waits to be written, and what is heard."""
