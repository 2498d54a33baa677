"""Reference: what a name is: kind, exchange, currency, multiplier, price step and lot of its contract."""
