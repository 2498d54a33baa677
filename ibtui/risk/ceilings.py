"""Whether an order would carry a book of positions past its ceilings: one pure function, live and over the past.

Judged by the worst that can happen: orders that work count as filled on the side that makes a position larger, never
on the one that makes it smaller, since they may fill or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.limits import Ceilings, hours
from ibtui.domain.refusal import Measured, Refusal
from ibtui.risk.positions import shrinks

_HAIR = 1e-9
_UNPRICED = "a price is missing"


class ValuedPosition(NamedTuple):
    """A position, or what an order would add to one; both signed, the value not a number where no price is known."""

    quantity: float
    value: float

    def plus(self, more: ValuedPosition) -> ValuedPosition:
        return ValuedPosition(self.quantity + more.quantity, self.value + more.value)


class AccountBook(Struct, frozen=True, kw_only=True):
    """What an account, or one strategy of it, has and has done."""

    positions: Mapping[str, ValuedPosition]
    """By symbol, what is held for sure."""
    buying: Mapping[str, ValuedPosition] = {}
    """What working entries may still buy."""
    selling: Mapping[str, ValuedPosition] = {}
    """What they may still sell, below zero."""
    equity: float | None
    """Of the account. None while it is not known: then limits in percent of it refuse."""
    day_begin: float | None
    """Equity when the day began."""
    day_profit: float | None
    """Since then; None while it is not known: then a limit on it refuses."""
    day_low: float | None = None
    """The least it was today; None when nobody looked."""
    orders_today: int
    """Without targets, stops and closes."""
    last_order: datetime | None
    now: datetime
    """The moment at which it is judged, aware."""
    groups: Mapping[str, str] = {}
    """The group of each symbol that is in one."""
    units: Mapping[str, float] = {}
    """What order_quantity counts in, where that is not 1."""
    largest: Mapping[str, float] = {}
    """What a strategy may hold of each symbol at most where it has no limit position_quantity."""
    traded: Mapping[str, ValuedPosition] = {}
    """What the order, when it is one that is changed, has traded already: no part of what it adds, but of its size."""
    currency: str = ""
    """Of values, equity and profit: the account's. Empty where there is but one."""
    unrated: str = ""
    """Why values are not known where that is for want of an exchange rate; empty where it is not."""


def check(
    wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings, whose: str = ""
) -> Refusal | None:
    """Why an order that adds risk may not go out, or None when it may; the sentence names the number and the limit.

    `wanted` is what the order trades of each symbol. `whose` limits they are: a strategy's name, empty for the
    account's. An order that only reduces is not asked about.
    """
    for rule in RULES:
        for breach in rule(wanted, book, ceilings):
            return replace(breach, owner=whose)
    return None


def check_size(wanted: Mapping[str, ValuedPosition], units: Mapping[str, float], ceilings: Ceilings) -> Refusal | None:
    """Why one order is too large, None when it is not: what the profile asks also of an order that only reduces.

    `units` as in Book. A close, which the position itself bounds, is not asked about.
    """
    return next(_order(wanted, replace(_NO_BOOK, units=units), ceilings), None)


def _over(limit: str, words: str, measured: Measured | None = None) -> Refusal:
    return Refusal("over_limit", words, limit, measured=measured)


def reduces(
    wanted: Mapping[str, ValuedPosition],
    positions: Mapping[str, float],
    out: Mapping[tuple[str, int], float] | None = None,
) -> bool:
    """Whether it can only make positions smaller, which are signed quantities.

    `out` is what other orders, targets and stops aside, may still trade by symbol and sign.
    """
    return bool(wanted) and all(
        _smaller(trade.quantity, positions.get(symbol, 0.0), 0.0 if out is None else out.get((symbol, 1), 0.0))
        if trade.quantity > 0
        else _smaller(-trade.quantity, -positions.get(symbol, 0.0), 0.0 if out is None else out.get((symbol, -1), 0.0))
        for symbol, trade in wanted.items()
    )


def _smaller(bought: float, held: float, out: float) -> bool:
    return bought > 0 and bought + out <= -held * (1 + _HAIR)


def lost(book: AccountBook, ceilings: Ceilings) -> Refusal | None:
    """What is said of a limit of the daily loss that was reached today, None when none was."""
    return next(_lost(book, ceilings), None)


def _lost(book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    known = [profit for profit in (book.day_profit, book.day_low) if profit is not None]
    if not known:
        return
    loss = -min(known)
    verb = "lost" if loss == -known[0] else "had lost"
    only = "only reducing orders pass"
    if ceilings.daily_loss is not None and loss >= ceilings.daily_loss:
        words = f"Today {verb} {{value}}; the limit daily_loss is {{limit}}: {only}."
        yield _over("daily_loss", words, _money(loss, ceilings.daily_loss, book))
    if ceilings.daily_loss_percent is not None and book.day_begin and book.day_begin > 0:
        share = 100 * loss / book.day_begin
        if share >= ceilings.daily_loss_percent:
            words = f"Today {verb} {{value}} of equity; the limit daily_loss_percent is {{limit}}: {only}."
            yield _over("daily_loss_percent", words, Measured(share, ceilings.daily_loss_percent, "percent"))


Rule = Callable[[Mapping[str, ValuedPosition], AccountBook, Ceilings], Iterator[Refusal]]


def _symbols(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    for symbol in wanted:
        if ceilings.symbols and symbol not in ceilings.symbols:
            some = ", ".join(ceilings.symbols[:8])
            yield _over("symbols", f"{symbol} is not among the instruments of the limit symbols: {some}.")


def _hours(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    if not ceilings.hours:
        return
    open_hours = hours(ceilings.hours)
    if not open_hours.inside(book.now):
        place = open_hours.zone.key.rpartition("/")[2].replace("_", " ")
        there = f"{open_hours.local(book.now):%H:%M} in {place}"
        yield _over("hours", f"It is {there}; the limit hours is {ceilings.hours}.")


def _pace(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    most, least = ceilings.orders_per_day, ceilings.order_seconds
    if most is not None and book.orders_today >= most:
        words = "{value} orders went out today; the limit orders_per_day is {limit}."
        yield _over("orders_per_day", words, Measured(book.orders_today, most))
    if least is not None and book.last_order is not None:
        passed = (book.now - book.last_order).total_seconds()
        if passed < least:
            words = "The last order is {value} old; the limit order_seconds is {limit}."
            yield _over("order_seconds", words, Measured(passed, least, "seconds", 0))


def _loss(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    if ceilings.daily_loss is None and ceilings.daily_loss_percent is None:
        return
    yield from _lost(book, ceilings)
    if book.day_profit is None:
        why = f" ({book.unrated})" if book.unrated else ""
        yield _over("daily_loss", f"Today's profit is not known{why}, and there is a limit daily_loss.")
    if ceilings.daily_loss_percent is not None and not book.day_begin:
        words = "The equity that the day began with is not known, and there is a limit daily_loss_percent."
        yield _over("daily_loss_percent", words)


def _size(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    return _order(wanted, book, ceilings)


def _order(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    for symbol, left in wanted.items():
        trade = left.plus(book.traded.get(symbol, _NOTHING))
        if ceilings.order_quantity is not None:
            most, quantity = ceilings.order_quantity * book.units.get(symbol, 1.0), abs(trade.quantity)
            if _beyond(quantity, most):
                words = f"An order for {{value}} {symbol} is above the limit order_quantity of {{limit}}."
                yield _over("order_quantity", words, Measured(quantity, most))
        yield from _worth(f"An order in {symbol}", trade.value, book, "order_value", ceilings.order_value)


def _position(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    for symbol, trade in wanted.items():
        after = _end(symbol, trade, book)
        most = book.largest.get(symbol) if ceilings.position_quantity is None else ceilings.position_quantity
        if most is not None and _beyond(abs(after.quantity), most):
            words = f"That could carry {symbol} to {{value}}; the limit position_quantity is {{limit}}."
            yield _over("position_quantity", words, Measured(after.quantity, most))
        yield from _worth(f"The position in {symbol}", after.value, book, "position_value", ceilings.position_value)


def _count(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    most = ceilings.open_positions
    if most is None:
        return
    before = {symbol for part in _parts(book) for symbol, held in part.items() if held.quantity}
    count = len(before | set(wanted))
    if count > most and not before.issuperset(wanted):
        words = "That would be {value} open positions; the limit open_positions is {limit}."
        yield _over("open_positions", words, Measured(count, most))


def _shares(wanted: Mapping[str, ValuedPosition], book: AccountBook, ceilings: Ceilings) -> Iterator[Refusal]:
    shares = ceilings.gross_value, ceilings.gross_percent, ceilings.symbol_percent, ceilings.group_percent
    if shares == (None, None, None, None):
        return
    sizes = _sizes(wanted, book)
    gross = sum(sizes.values())
    yield from _worth("All positions together", gross, book, "gross_value", ceilings.gross_value)
    yield from _share("All positions together", gross, book, "gross_percent", ceilings.gross_percent)
    for symbol, trade in wanted.items():
        size = abs(_end(symbol, trade, book).value)
        yield from _share(symbol, size, book, "symbol_percent", ceilings.symbol_percent)
    for group in dict.fromkeys(book.groups[symbol] for symbol in wanted if symbol in book.groups):
        size = sum(size for symbol, size in sizes.items() if book.groups.get(symbol) == group)
        yield from _share(f"The group {group}", size, book, "group_percent", ceilings.group_percent)


def _worth(what: str, value: float, book: AccountBook, name: str, most: float | None) -> Iterator[Refusal]:
    if most is None:
        return
    if value != value:
        yield _unknown(what[0].lower() + what[1:], book, name)
    elif _beyond(abs(value), most):
        words = f"{what} would be worth {{value}}; the limit {name} is {{limit}}."
        yield _over(name, words, _money(abs(value), most, book))


def _unknown(what: str, book: AccountBook, name: str) -> Refusal:
    why = book.unrated or _UNPRICED
    return _over(name, f"What {what} is worth is not known ({why}), and there is a limit {name}.")


def _money(value: float, limit: float, book: AccountBook) -> Measured:
    return Measured(value, limit, "money", currency=book.currency)


def _share(what: str, value: float, book: AccountBook, name: str, most: float | None) -> Iterator[Refusal]:
    if most is None:
        return
    if book.equity is None or not book.equity > 0:
        yield _over(name, f"Equity is not known, and there is a limit {name}.")
    elif value != value:
        yield _unknown(what, book, name)
    elif _beyond(share := 100 * value / book.equity, most):
        words = f"{what} would be {{value}} of equity; the limit {name} is {{limit}}."
        yield _over(name, words, Measured(share, most, "percent"))


def _beyond(number: float, most: float) -> bool:
    """Also for what is not a number; but not for a rounding error."""
    return not number <= most * (1 + _HAIR)


def _end(symbol: str, trade: ValuedPosition, book: AccountBook) -> ValuedPosition:
    """The position if everything on the trade's side fills and nothing on the other; one that only shrinks is none."""
    held = book.positions.get(symbol, _NOTHING)
    out = (book.buying if trade.quantity > 0 else book.selling).get(symbol, _NOTHING)
    after = held.plus(out).plus(trade)
    return _NOTHING if shrinks(held.quantity, trade.quantity, after.quantity) else after


def _sizes(wanted: Mapping[str, ValuedPosition], book: AccountBook) -> dict[str, float]:
    """The most each position may be worth, without sign, whichever orders fill; what is not known stays so."""
    found = {}
    for symbol in {symbol for part in (*_parts(book), wanted) for symbol in part}:
        held, trade = book.positions.get(symbol, _NOTHING), wanted.get(symbol, _NOTHING)
        buys, sells = book.buying.get(symbol, _NOTHING), book.selling.get(symbol, _NOTHING)
        if trade.quantity < 0:
            sells = sells.plus(trade)
        else:
            buys = buys.plus(trade)
        ends = held.plus(buys), held.plus(sells)
        values = [abs(end.value) for end in ends]
        found[symbol] = sum(values) if any(value != value for value in values) else max(values)
    return found


def _parts(book: AccountBook) -> tuple[Mapping[str, ValuedPosition], ...]:
    return book.positions, book.buying, book.selling


_NOTHING = ValuedPosition(0.0, 0.0)
_NO_BOOK = AccountBook(
    positions={},
    equity=None,
    day_begin=None,
    day_profit=None,
    orders_today=0,
    last_order=None,
    now=datetime.min.replace(tzinfo=UTC),
)
RULES: Sequence[Rule] = (_symbols, _hours, _pace, _loss, _size, _position, _count, _shares)
