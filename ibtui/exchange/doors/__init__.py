"""The doors of the exchange: what can be asked of it, room by room."""
