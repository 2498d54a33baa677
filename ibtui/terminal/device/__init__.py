"""The terminal device: bytes in, cells out, and how much of the screen has been seen."""
