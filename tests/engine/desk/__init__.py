"""The desk: the one way out to the broker, and what follows each order and cancel to its end."""
