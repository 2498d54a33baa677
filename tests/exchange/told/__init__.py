"""What the exchange tells: reports of orders, fills and accounts, and the news."""
