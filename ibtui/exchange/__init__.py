"""A simulated exchange: instruments, prices, order rules, accounts; no sockets, its own clock."""
