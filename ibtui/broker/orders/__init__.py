"""Orders at IB: sent, followed, and told of as they stand."""
