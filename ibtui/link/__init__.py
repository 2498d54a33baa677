"""The messages between an engine and its clients and workers, and the client."""
