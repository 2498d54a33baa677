"""When: the clock, the holidays of exchanges, and the hours in which an instrument trades."""
