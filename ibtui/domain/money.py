"""Exact arithmetic of prices and quantities: order prices are Decimal, market data is float."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation

UNSET = 1e300
"""TWS writes an unknown number as the largest double; anything this large is unknown."""

_WHOLE = 1e15
"""Below it every whole float is the number that it reads as."""


def exact(value: float | Decimal | str) -> Decimal:
    """The decimal number a person would read in `value`, 100 in 100.0; ValueError when it is not a finite number."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return Decimal(int(value))
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    return number


def known(value: float | None) -> float | None:
    """`value`, or None where IB means unknown: NaN, infinite or the largest double."""
    if value is None or value != value or abs(value) >= UNSET:
        return None
    return value


def on_tick(price: Decimal, tick: Decimal) -> bool:
    """Whether `price` lies on the grid of multiples of `tick`; a number of more steps than can be counted does not."""
    try:
        return price % tick == 0
    except InvalidOperation:
        return False


def to_tick(price: float | Decimal, tick: Decimal, towards: str = "nearest") -> Decimal:
    """`price` moved to the tick grid: `nearest`, `down` or `up`."""
    rounding = {"nearest": ROUND_HALF_EVEN, "down": ROUND_FLOOR, "up": ROUND_CEILING}[towards]
    steps = (exact(price) / tick).to_integral_value(rounding=rounding)
    return (steps * tick).quantize(tick) if tick != tick.to_integral_value() else steps * tick


def places(number: Decimal) -> int:
    """How many digits after the point it takes to write `number` exactly."""
    return max(-int(number.normalize().as_tuple().exponent), 0)


def plain(number: Decimal) -> str:
    """`number` without exponent and without trailing zeros: 187.25, 100, 0.00005."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
