"""The truth: what the broker told, added up, and held against what it should be."""
