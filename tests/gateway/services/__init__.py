"""Services: the requests of one noun each, answered for one client."""
