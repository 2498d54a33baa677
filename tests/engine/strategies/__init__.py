"""Strategies: which there are, which run, what they may do, and their end."""
