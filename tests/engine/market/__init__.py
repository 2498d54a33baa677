"""The market: quotes, bars, the past, and their recording."""
