"""Orders: how each stands, brackets as a tree, what is done below what is live, and why something went wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, tzinfo

from ibtui.domain.ability import UNTOLD
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.words import price_digits
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.glyphs import UNKNOWN
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.drawing.table import Cell, Column, Note, Row, divider
from ibtui.terminal.model import Model
from ibtui.terminal.panes.pane import Moment, Pane, TabCount
from ibtui.terminal.panes.positions import left_over

COLUMNS = (
    Column("Side", 6, gap=0),
    Column("Qty", 6, right=True, most=fmt.FRACTION),
    Column("Symbol", 15, lead=True),
    Column("Type", 4),
    Column("Price", 8, right=True, most=fmt.FRACTION),
    Column("Away", 7, right=True, drop=2, most=fmt.FRACTION),
    Column("TIF", 3, drop=5),
    Column("Filled", 6, right=True, drop=1, most=fmt.FRACTION),
    Column("State", 9),
    Column("By", 4, drop=3),
    Column("Age", 5, right=True, drop=4),
)

_STATES: dict[OrderStatus, tuple[str, Role]] = {
    OrderStatus.PENDING: ("sending", "dim"),
    OrderStatus.WORKING: ("working", "normal"),
    OrderStatus.WAITING: ("waiting", "normal"),
    OrderStatus.PARTLY_FILLED: ("partly", "bright"),
    OrderStatus.FILLED: ("filled", "dim"),
    OrderStatus.CANCELLED: ("cancelled", "dim"),
    OrderStatus.REJECTED: ("rejected", "down"),
    OrderStatus.ENDED: ("ended", "dim"),
    OrderStatus.UNKNOWN: ("UNKNOWN", "warning"),
}
_TYPES = {
    "STP LMT": "STPL",
    "TRAIL": "TRL",
    "TRAIL LIMIT": "TRLL",
    "MIDPRICE": "MID",
    "SNAP MID": "SNMD",
    "SNAP MKT": "SNMK",
}
"""What IB's longer order types are called in four letters."""
_TRACES: dict[OrderStatus, Role] = {
    OrderStatus.REJECTED: "down",
    OrderStatus.UNKNOWN: "warning",
    OrderStatus.ENDED: "warning",
}


def live(model: Model, over: Collection[str] = ()) -> list[Order]:
    """Orders that may still trade: what can cost money first, brackets together, the newest of a kind first.

    `over` are the refs of exits that have nothing to close.
    """
    families: dict[str, list[Order]] = {}
    for order in model.orders.values():
        if order.live:
            families.setdefault(_root(order), []).append(order)
    newest_first = list(families.values())[::-1]
    ranked = sorted(newest_first, key=lambda family: min(_danger(order, over) for order in family))
    return [order for family in ranked for order in sorted(family, key=lambda order: order.parent is not None)]


def _danger(order: Order, over: Collection[str]) -> int:
    """The lower, the sooner a person has to act."""
    if order.status is OrderStatus.UNKNOWN:
        return 0
    return 1 if order.ref in over else 2


def done(model: Model) -> list[Order]:
    """Orders that are over, the newest first."""
    ended = [order for order in model.orders.values() if not order.live]
    return sorted(ended, key=_over_since, reverse=True)


def live_rows(model: Model, zone: tzinfo, now: datetime) -> list[Row]:
    """Rows of live orders, brackets as trees; `now` is aware."""
    over = {order.ref for order in left_over(model)}
    going = live(model, over)
    marks = _tree(going)
    return [_row(model, order, marks[order.ref], zone, now, False, over=order.ref in over) for order in going]


def done_row(model: Model, order: Order, zone: tzinfo, read: bool) -> Row:
    """The row of an order that is over; `read`: why it ended has been seen."""
    return _row(model, order, "", zone, None, read)


def _root(order: Order) -> str:
    return order.parent or order.ref


def _over_since(order: Order) -> float:
    time = order.changed or order.created
    return time.timestamp() if time else 0.0


def _tree(going: Sequence[Order]) -> dict[str, str]:
    """The mark before each order's side: brackets are drawn together, an order alone has none."""
    marks: dict[str, str] = {}
    for index, order in enumerate(going):
        above = index > 0 and _root(going[index - 1]) == _root(order)
        below = index + 1 < len(going) and _root(going[index + 1]) == _root(order)
        marks[order.ref] = {(False, True): "┌", (True, True): "├", (True, False): "└"}.get((above, below), "")
    return marks


def _row(
    model: Model, order: Order, mark: str, zone: tzinfo, now: datetime | None, read: bool, *, over: bool = False
) -> Row:
    instrument = model.instruments.get(order.symbol)
    state, role = _STATES[order.status]
    strong: Role = "bright" if order.live else "dim"
    weak: Role = "normal" if order.live else "dim"
    return Row(
        order.ref,
        (
            Cell(f"{mark}{order.side}", strong),
            Cell(fmt.quantity(order.quantity), strong),
            Cell(model.names.of(order.symbol, 15), strong),
            Cell(_TYPES.get(order.type) or fmt.middle(order.type, 4), weak),
            Cell(_price(order, instrument), strong),
            Cell(_away(model, order, instrument) if order.live else ""),
            Cell(order.tif[:3], "dim"),
            Cell(fmt.quantity(order.filled), weak),
            Cell(state, role),
            Cell(order.owner[:4], "dim"),
            Cell(_age(order, zone, now), "dim"),
        ),
        (*_left_over(model, order, over), *_notes(order, zone, read)),
        aside=not order.live,
    )


def _price(order: Order, instrument: Instrument | None) -> str:
    """What it asks for; of one that is over, at what it traded on average."""
    if not order.live and order.average_price is not None:
        return fmt.price(order.average_price, price_digits(order.average_price, instrument), 8)
    value = order.price
    if value is None:
        return "market" if order.type == "MKT" else UNKNOWN
    return fmt.price(value, price_digits(value, instrument), 8)


def _away(model: Model, order: Order, instrument: Instrument | None) -> str:
    """The order's price less the market's."""
    value = order.price
    quote = model.quotes.get(order.symbol)
    mark = (quote.last if quote.last is not None else quote.mark) if quote else None
    return "" if value is None or mark is None else fmt.change(float(value) - mark, price_digits(mark, instrument))


def _age(order: Order, zone: tzinfo, now: datetime | None) -> str:
    """How long a live order has stood; when another one ended."""
    if now is not None:
        return fmt.age((now - order.created).total_seconds()) if order.created else UNKNOWN
    return fmt.clock(order.changed or order.created, zone, seconds=False)


def _left_over(model: Model, order: Order, over: bool) -> tuple[Note, ...]:
    """Why an exit that has nothing to close is dangerous."""
    if not over:
        return ()
    position = model.positions[order.symbol]
    does = "open" if not position.quantity else "enlarge"
    return (Note(f"OVER: nothing to close, it would {does} a {_STANCES[order.side]} · c cancels it", "warning"),)


_STANCES = {Side.BUY: "long", Side.SELL: "short"}


def _unsure(reason: str) -> str:
    """Why an order is UNKNOWN; what not to do about it is said once."""
    return reason if "resend" in reason or "again" in reason else f"{reason} · do not resend"


def _notes(order: Order, zone: tzinfo, read: bool) -> tuple[Note, ...]:
    """What is wrong with it, and the whole name of a combo that still works."""
    name = (Note(order.symbol),) if order.combo and order.live else ()
    if order.status is OrderStatus.UNKNOWN:
        since = fmt.clock(order.changed or order.created, zone)
        return (
            Note(_unsure(order.reason or f"no answer from IB since {since} · asking"), "warning"),
            *name,
        )
    if order.reason and not read and (order.live or order.status.cut_short):
        return (Note(order.reason, _TRACES.get(order.status, "dim")), *name)
    return name


def summary(model: Model) -> str:
    """`4 working · 2 done today`."""
    working = sum(order.live for order in model.orders.values())
    over = len(model.orders) - working
    parts = [f"{working} working" if working else "", f"{over} done today" if over else ""]
    return " · ".join(part for part in parts if part)


def news(model: Model, read: Collection[str]) -> tuple[str, Role]:
    """The worst of the orders: unknown ones, then rejections not read yet."""
    unknown = sum(order.status is OrderStatus.UNKNOWN for order in model.orders.values())
    if unknown:
        return f"{unknown} UNKNOWN", "warning"
    refused = [
        order for order in model.orders.values() if order.status is OrderStatus.REJECTED and order.ref not in read
    ]
    if refused:
        return (f"{refused[-1].symbol} rejected" if len(refused) == 1 else f"{len(refused)} rejected"), "down"
    return "", "warning"


DONE = divider("done today")
NONE = "no orders today · b buys, s sells the selected instrument"


class OrdersPane(Pane):
    """The pane that lists the orders of the day."""

    def __init__(self) -> None:
        super().__init__("orders", COLUMNS, empty=NONE)
        self._read: set[str] = set()
        self._made: dict[str, tuple[Order, tuple[object, ...], Row]] = {}

    def leave(self, key: str | None, model: Model) -> bool:
        """The reason of a finished order counts as read once the cursor has left it."""
        order = model.orders.get(key or "")
        if order is None or order.live or not order.reason or order.ref in self._read:
            return False
        self._read.add(order.ref)
        return True

    def count(self, model: Model) -> TabCount:
        orders = model.orders.values()
        unknown = any(order.status is OrderStatus.UNKNOWN for order in orders)
        return TabCount(sum(order.live for order in orders), "warning" if unknown else "dim")

    def symbol(self, model: Model) -> str | None:
        order = model.orders.get(self.cursor_key or "")
        return None if order is None else order.symbol

    def show(self, model: Model, moment: Moment) -> None:
        now, _, zone = moment
        self.empty = NONE if model.positions_known else UNTOLD
        self.note = summary(model)
        self.news = news(model, self._read)
        over = self._done_rows(model, zone)
        self.set_rows([*live_rows(model, zone, now), *([DONE] if over else []), *over])

    def _done_rows(self, model: Model, zone: tzinfo) -> list[Row]:
        """Rows of orders that are over: they hardly change and there may be hundreds, so each is made once."""
        before, self._made = self._made, {}
        for order in done(model):
            facts = (order.ref in self._read, zone, model.names.of(order.symbol))
            known = before.get(order.ref)
            if known is None or known[0] is not order or known[1] != facts:
                known = (order, facts, done_row(model, order, zone, facts[0]))
            self._made[order.ref] = known
        return [row for _, _, row in self._made.values()]
