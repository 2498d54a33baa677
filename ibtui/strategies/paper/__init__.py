"""Paper trading: the one book of orders that fill on bars, trades and quotes, for backtests and for shadow."""
