"""What a backtest's account is made of: its money, its contracts, its judge, its options."""
