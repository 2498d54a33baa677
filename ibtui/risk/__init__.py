"""The pre-trade gate: one pure function and its limits."""
