"""What an order at the exchange may ask for: its type, its conditions, the algorithm that works it."""
