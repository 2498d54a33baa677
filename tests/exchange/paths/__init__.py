"""Where the prices of a market come from: a seed or recorded data, by the day, the minute and the event."""
