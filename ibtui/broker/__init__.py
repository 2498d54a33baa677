"""The session with Interactive Brokers; the only package that imports its client library."""
