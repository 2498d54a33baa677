"""Positions: what is held, what it earns, and whether a stop covers it."""

from __future__ import annotations

from collections.abc import Iterator

from ibtui.domain.ability import UNTOLD
from ibtui.domain.cover import coverage, orphans
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.position import Position
from ibtui.domain.reference.deliveries import delivery_due
from ibtui.domain.words import price_digits
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.glyphs import UNKNOWN
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.drawing.table import Cell, Column, Row
from ibtui.terminal.model import Model
from ibtui.terminal.naming import NamedRow
from ibtui.terminal.panes.pane import Moment, Pane, TabCount
from ibtui.terminal.panes.watchlist import signed

COLUMNS = (
    Column("Symbol", 12, gap=0, lead=True),
    Column("Qty", 6, right=True, most=fmt.FRACTION),
    Column("Avg", 8, right=True, drop=1, most=fmt.FRACTION),
    Column("Last", 9, right=True, drop=3, most=fmt.FRACTION),
    Column("Unreal", 9, right=True),
    Column("Day", 9, right=True, drop=2),
    Column("Stop", 8, right=True, most=fmt.FRACTION),
    Column("Cov", 4),
    Column("Target", 9, right=True, add=1, most=fmt.FRACTION),
    Column("Value", 11, right=True, add=2),
    Column("% NLV", 6, right=True, add=3),
)
TOTAL = "total"


def held(model: Model) -> list[Position]:
    """Positions that are not flat, in the engine's order."""
    return [position for position in model.positions.values() if position.quantity]


def shown(model: Model) -> list[Position]:
    """What has a row: positions that are held, and flat ones of which exits are left over."""
    return [position for position in model.positions.values() if position.quantity or position.cover == "OVER"]


def left_over(model: Model) -> list[Order]:
    """Live exits that have nothing to close."""
    return [order for position, orders in _worked(model) for order in orphans(position.quantity, orders)]


def over(model: Model) -> list[str]:
    """Symbols whose exits would trade more than is held; one that stands BARE may be among them."""
    beyond = [position.symbol for position in model.positions.values() if position.cover == "OVER"]
    more = (position.symbol for position, orders in _worked(model) if coverage(position.quantity, orders).over)
    return list(dict.fromkeys([*beyond, *more]))


def _worked(model: Model) -> Iterator[tuple[Position, list[Order]]]:
    """Positions that are shown, flat ones of which exits are left over too, with their live orders."""
    by_symbol: dict[str, list[Order]] = {}
    for order in model.orders.values():
        if order.live:
            by_symbol.setdefault(order.symbol, []).append(order)
    for symbol, orders in by_symbol.items():
        position = model.positions.get(symbol)
        if position is not None:
            yield position, orders


def bare(model: Model) -> list[str]:
    """Symbols held without any stop."""
    return [position.symbol for position in held(model) if position.cover == "BARE"]


def held_back(model: Model) -> list[str]:
    """Symbols whose books do not agree: HELD."""
    return [] if model.session is None else [hold.symbol for hold in model.session.holds]


def delivered(model: Model) -> list[tuple[str, str]]:
    """Symbols of futures that are about to be delivered, and when, in words."""
    today, found = model.names.today, []
    for position in held(model):
        instrument = model.instruments.get(position.symbol)
        if instrument is not None:
            due = delivery_due(instrument, long=position.quantity > 0, today=today)
            found += [(position.symbol, due.words(today))] if due is not None else []
    return found


def target(model: Model, symbol: str) -> float | None:
    """The profit target nearest to the market among an instrument's live orders."""
    position = model.positions.get(symbol)
    prices = [
        float(order.limit_price)
        for order in model.orders.values()
        if order.symbol == symbol and order.live and order.role == "target" and order.limit_price is not None
    ]
    if not prices or position is None:
        return None
    return min(prices) if position.quantity > 0 else max(prices)


def rows(model: Model) -> list[Row]:
    """One row for each position; options stand below their underlying."""
    by_symbol = {position.symbol: position for position in shown(model)}
    due = dict(delivered(model))
    return [
        _heading(place) if place.heading else _row(model, by_symbol[place.symbol], place.label, due=place.symbol in due)
        for place in model.names.arranged(by_symbol, 12)
    ]


def _heading(place: NamedRow) -> Row:
    blank = (Cell(),) * (len(COLUMNS) - 1)
    return Row(f"heading {place.symbol}", (Cell(place.label, "dim"), *blank), selectable=False)


def totals(model: Model) -> list[Row]:
    """What the positions come to; nothing while none is held."""
    standing = held(model)
    return [_total(model, standing)] if standing else []


def _row(model: Model, position: Position, label: str, *, due: bool) -> Row:
    """One position; one that is about to be delivered is marked."""
    symbol = position.symbol
    instrument, quote = model.instruments.get(symbol), model.quotes.get(symbol)
    last = quote.last if quote is not None and quote.last is not None else position.market_price
    aim = target(model, symbol)
    worth = instrument.value(position.quantity, last) if instrument and last is not None else None
    sign = mark(model, symbol)
    return Row(
        symbol,
        (
            Cell(f"{label} !", "warning") if due else Cell(label, "bright"),
            _quantity(position),
            Cell(fmt.price(position.average_cost, price_digits(position.average_cost, instrument), 8)),
            Cell(fmt.price(last, price_digits(last, instrument)), "bright"),
            _gain(position.unrealized_pnl, sign),
            _gain(position.day_pnl, sign),
            _stop(position, price_digits(position.stop, instrument)),
            Cell("HELD", "warning", True) if symbol in held_back(model) else Cell(position.cover, *_cover(position)),
            Cell(fmt.price(aim, price_digits(aim, instrument)) if aim is not None else "", "dim"),
            Cell(sign + fmt.amount(worth, 11 - len(sign))),
            _share(model, worth, instrument),
        ),
    )


def _quantity(position: Position) -> Cell:
    """`+100`, `+100?` where IB's last answer does not list it."""
    if position.doubted:
        return Cell(f"{fmt.quantity(position.quantity, 5, signed=True)}?", "warning")
    return Cell(fmt.quantity(position.quantity, signed=True), "bright")


def _stop(position: Position, decimals: int) -> Cell:
    if position.stop is None:
        return Cell("none", "warning") if position.cover == "BARE" else Cell(UNKNOWN, "dim")
    return Cell(fmt.price(position.stop, decimals, 8))


def _cover(position: Position) -> tuple[Role, bool]:
    if position.cover == "full":
        return "dim", False
    return "warning", position.cover != "part"


def mark(model: Model, symbol: str) -> str:
    """The sign of the currency that a position's money is in; empty for the account's."""
    instrument, account = model.instruments.get(symbol), model.account
    return fmt.mark(instrument.currency, account.currency) if instrument and account else ""


def _gain(value: float | None, sign: str) -> Cell:
    """`+5,400.00`, `¥+5,400.0`; the sign of a currency takes its room from the number."""
    return Cell(sign + fmt.pnl(value, 9 - len(sign)), signed(value))


def _share(model: Model, worth: float | None, instrument: Instrument | None) -> Cell:
    """Percent of net liquidation, both in the account's currency; `?` while the exchange rate is not known."""
    account = model.account
    if worth is None or instrument is None or account is None or not account.net_liquidation:
        return Cell(UNKNOWN)
    own = account.worth(worth, instrument.currency)
    return Cell("?" if own is None else fmt.percent(own / account.net_liquidation * 100))


def _total(model: Model, standing: list[Position]) -> Row:
    unrealized, day = _sums(model, standing)
    blank = (Cell(), Cell(), Cell())
    return Row(
        TOTAL,
        (
            Cell("total", "dim"),
            *blank,
            Cell(fmt.pnl(unrealized, 9), signed(unrealized)),
            Cell(fmt.pnl(day, 9), signed(day)),
            *blank,
            *blank[:2],
        ),
        selectable=False,
    )


def _sums(model: Model, standing: list[Position]) -> tuple[float | None, float | None]:
    """Unrealized and day P&L, added up in the account's currency; unknown when a part or its exchange rate is."""
    return (
        _sum([_worth(model, item.symbol, item.unrealized_pnl) for item in standing]),
        _sum([_worth(model, item.symbol, item.day_pnl) for item in standing]),
    )


def _worth(model: Model, symbol: str, amount: float | None) -> float | None:
    """An amount of a position's money in the account's currency."""
    instrument, account = model.instruments.get(symbol), model.account
    if amount is None or instrument is None or account is None:
        return None
    return account.worth(amount, instrument.currency)


def _sum(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def news(model: Model) -> tuple[str, Role]:
    """The worst of the positions: one without a stop, then one whose stop is too large or too small."""
    due = delivered(model)
    for symbols, one, many in (
        (held_back(model), "is HELD: IB's count is not ours", "are HELD: IB's counts are not ours"),
        ([symbol for symbol, _ in due], due[0][1] if due else "", "are about to be delivered"),
        (bare(model), "has no stop", "have no stop"),
        (over(model), "exits exceed the position", "have exits beyond the position"),
        (_covered_in_part(model), "is covered in part", "are covered in part"),
    ):
        if symbols:
            return (f"{symbols[0]} {one}" if len(symbols) == 1 else f"{len(symbols)} {many}"), "warning"
    return "", "warning"


def _covered_in_part(model: Model) -> list[str]:
    return [position.symbol for position in held(model) if position.cover == "part"]


class PositionsPane(Pane):
    """The pane that lists what is held, and exits that are left over."""

    def __init__(self) -> None:
        super().__init__("positions", COLUMNS, empty="flat")

    def count(self, model: Model) -> TabCount:
        risky = bare(model) or over(model) or not model.positions_known
        total = len(shown(model)) or ("" if model.positions_known else "?")
        return TabCount(total, "warning" if risky else "dim")

    def symbol(self, model: Model) -> str | None:
        return self.cursor_key

    def show(self, model: Model, moment: Moment) -> None:
        self.empty = "flat" if model.positions_known else UNTOLD
        count = len(held(model))
        self.note = str(count) if count else ""
        self.news = news(model)
        self.set_rows(rows(model), totals(model))
