"""Where everything stands on the screen, by its size."""
