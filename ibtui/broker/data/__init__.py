"""What IB tells of instruments, accounts and markets."""
