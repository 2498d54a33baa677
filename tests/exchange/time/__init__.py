"""When the exchange is open: its sessions and the trading hours of its markets."""
