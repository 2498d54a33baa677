"""Places: what stands in front of the panes and takes every key until it closes."""
