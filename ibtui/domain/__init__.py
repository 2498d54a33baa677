"""The nouns of trading as immutable values; no input or output, no clock of its own."""
