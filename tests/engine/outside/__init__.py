"""The outside world: calendars, signals, alerts, and telling a person who is not looking."""
