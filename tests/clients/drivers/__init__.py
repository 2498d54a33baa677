"""Programs that use somebody else's client; each prints one JSON object a line for everything it finds."""
