"""When: the clock, New York's day, the holidays of exchanges, and the hours in which an instrument trades."""
