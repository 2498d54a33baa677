"""A TWS API server in front of the simulated exchange."""
