"""Text and numbers as people and other programs write them, and as the screen shows them."""
