"""The one grammar of commands and the registry of actions; no input or output."""
