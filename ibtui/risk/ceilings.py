"""Whether an order would carry a book of positions past its ceilings: one pure function, live and over the past."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from ibtui.domain.limits import Ceilings, hours
from ibtui.risk.facts import Refusal

ZONE = ZoneInfo("America/New_York")
_HAIR = 1e-9


class Held(NamedTuple):
    """A position, or what an order would add to one; both signed, the value in the account's currency."""

    quantity: float
    value: float


class Book(Struct, frozen=True, kw_only=True):
    """What an account, or one strategy of it, has and has done."""

    positions: Mapping[str, Held]
    """By symbol, with what working entries may still add."""
    equity: float | None
    """None while it is not known: then limits in percent of it refuse."""
    day_begin: float | None
    """Equity when the day began."""
    day_profit: float | None
    """Since then; None while it is not known: then a limit on it refuses."""
    orders_today: int
    """Without targets, stops and closes."""
    last_order: datetime | None
    now: datetime
    """Aware."""
    groups: Mapping[str, str] = {}
    """The group of each symbol that is in one."""


def check(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings, whose: str = "") -> Refusal | None:
    """Why an order that adds risk may not go out, or None when it may; the sentence names the number and the limit.

    `wanted` is what the order trades of each symbol. `whose` limits they are: a strategy's name, empty for the
    account's. An order that only reduces is not asked about.
    """
    for rule in RULES:
        for sentence in rule(wanted, book, ceilings):
            return Refusal("over_limit", f"{sentence}{f' ({whose})' if whose else ''}.")
    return None


def reduces(wanted: Mapping[str, Held], positions: Mapping[str, float]) -> bool:
    """Whether it can only make positions smaller, which are signed quantities without what is on its way."""
    return bool(wanted) and all(
        positions.get(symbol, 0.0) * trade.quantity < 0 and abs(trade.quantity) <= abs(positions[symbol]) + _HAIR
        for symbol, trade in wanted.items()
    )


Rule = Callable[[Mapping[str, Held], Book, Ceilings], Iterator[str]]


def _symbols(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings) -> Iterator[str]:
    for symbol in wanted:
        if ceilings.symbols and symbol not in ceilings.symbols:
            yield f"{symbol} is not among the instruments of the limit symbols: {', '.join(ceilings.symbols[:8])}"


def _hours(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings) -> Iterator[str]:
    if not ceilings.hours:
        return
    begin, end = hours(ceilings.hours)
    now = book.now.astimezone(ZONE).time()
    inside = begin <= now < end if begin <= end else now >= begin or now < end
    if not inside:
        yield f"It is {now:%H:%M} in New York; the limit hours is {ceilings.hours}"


def _pace(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings) -> Iterator[str]:
    most, least = ceilings.orders_per_day, ceilings.order_seconds
    if most is not None and book.orders_today >= most:
        yield f"{book.orders_today} orders went out today; the limit orders_per_day is {most}"
    if least is not None and book.last_order is not None:
        passed = (book.now - book.last_order).total_seconds()
        if passed < least:
            yield f"The last order is {passed:,.0f} s old; the limit order_seconds is {least:,.0f} s"


def _loss(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings) -> Iterator[str]:
    if ceilings.daily_loss is None and ceilings.daily_loss_percent is None:
        return
    if book.day_profit is None:
        yield "Today's profit is not known, and there is a limit daily_loss"
        return
    loss = -book.day_profit
    if ceilings.daily_loss is not None and loss >= ceilings.daily_loss:
        yield f"Today lost {loss:,.2f}; the limit daily_loss is {ceilings.daily_loss:,.2f}: only reducing orders pass"
    if ceilings.daily_loss_percent is not None and book.day_begin:
        share = 100 * loss / book.day_begin
        if share >= ceilings.daily_loss_percent:
            limit = f"the limit daily_loss_percent is {ceilings.daily_loss_percent:g} %"
            yield f"Today lost {share:.2f} % of equity; {limit}: only reducing orders pass"


def _position(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings) -> Iterator[str]:
    for symbol, after in _after(wanted, book).items():
        if symbol not in wanted:
            continue
        most = ceilings.position_quantity
        if most is not None and abs(after.quantity) > most + _HAIR:
            yield f"That could carry {symbol} to {after.quantity:g}; the limit position_quantity is {most:g}"
        most = ceilings.position_value
        if most is not None and abs(after.value) > most + _HAIR:
            yield f"That could carry {symbol} to {abs(after.value):,.2f}; the limit position_value is {most:,.2f}"


def _count(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings) -> Iterator[str]:
    most = ceilings.open_positions
    if most is None:
        return
    count = sum(1 for held in _after(wanted, book).values() if held.quantity)
    if count > most and any(not book.positions.get(symbol, _NOTHING).quantity for symbol in wanted):
        yield f"That would be {count} open positions; the limit open_positions is {most}"


def _shares(wanted: Mapping[str, Held], book: Book, ceilings: Ceilings) -> Iterator[str]:
    after = _after(wanted, book)
    gross = sum(abs(held.value) for held in after.values())
    if ceilings.gross_value is not None and gross > ceilings.gross_value + _HAIR:
        yield f"Positions would be worth {gross:,.2f} together; the limit gross_value is {ceilings.gross_value:,.2f}"
    names = [("Positions together would be", gross, "gross_percent", ceilings.gross_percent)]
    names += [
        (f"{symbol} would be", abs(after[symbol].value), "symbol_percent", ceilings.symbol_percent) for symbol in wanted
    ]
    names += [
        (f"The group {group} would be", _of_group(group, after, book), "group_percent", ceilings.group_percent)
        for group in dict.fromkeys(book.groups[symbol] for symbol in wanted if symbol in book.groups)
    ]
    for what, value, name, most in names:
        if most is None:
            continue
        if book.equity is None or book.equity <= 0:
            yield f"Equity is not known, and there is a limit {name}"
        elif 100 * value / book.equity > most + _HAIR:
            yield f"{what} {100 * value / book.equity:.1f} % of equity; the limit {name} is {most:g} %"


def _of_group(group: str, after: Mapping[str, Held], book: Book) -> float:
    return sum(abs(held.value) for symbol, held in after.items() if book.groups.get(symbol) == group)


def _after(wanted: Mapping[str, Held], book: Book) -> dict[str, Held]:
    found = dict(book.positions)
    for symbol, trade in wanted.items():
        held = found.get(symbol, _NOTHING)
        found[symbol] = Held(held.quantity + trade.quantity, held.value + trade.value)
    return found


_NOTHING = Held(0.0, 0.0)
RULES: Sequence[Rule] = (_symbols, _hours, _pace, _loss, _position, _count, _shares)
