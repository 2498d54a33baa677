"""What a strategy is written with: its base class, parameters, indicators, schedule and sizes."""
