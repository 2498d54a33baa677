"""The Textual application: panes, screens and keys."""
