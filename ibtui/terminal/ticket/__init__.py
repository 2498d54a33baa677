"""The order ticket: its fields, what keys do to them, and what it looks like."""
