"""What keeps a gateway running: its exchange, its clock, its file, and what all clients share."""
