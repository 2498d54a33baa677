"""Orders at the exchange: taken or refused, waiting, triggered, matched, cleared."""
