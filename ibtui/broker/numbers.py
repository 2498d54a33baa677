"""Exact numbers from the wire's doubles."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.money import exact


def decimal(value: float) -> Decimal:
    """The number a person would read, whole numbers without a point; raises ValueError when it is not finite."""
    number = exact(value)
    whole = number.to_integral_value()
    return whole if whole == number else number
