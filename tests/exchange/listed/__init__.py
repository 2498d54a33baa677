"""What is listed at the exchange: instruments, option chains, price grids, dividends, shares to borrow."""
