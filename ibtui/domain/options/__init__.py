"""Options: the chain of an underlying, what an option is worth, and the market that a model gives it."""
