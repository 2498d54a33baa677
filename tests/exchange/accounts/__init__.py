"""Accounts at the exchange: money, positions, fees and margin."""
