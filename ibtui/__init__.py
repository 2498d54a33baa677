"""A keyboard-driven trading terminal for Interactive Brokers."""

__version__ = "0.1.0"
