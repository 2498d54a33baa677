"""The markets of the exchange: books, options, combinations, and their past."""
