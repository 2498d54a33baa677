"""The watchlist: the market of each watched instrument and what is held of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ibtui.domain.ability import UNSEEN
from ibtui.domain.bar import Bar
from ibtui.domain.quote import Quote
from ibtui.domain.words import price_digits
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.glyphs import CHART
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.drawing.table import Cell, Column, Row
from ibtui.terminal.model import Model
from ibtui.terminal.naming import NamedRow
from ibtui.terminal.panes.pane import Moment, Pane

COLUMNS = (
    Column("Symbol", 12, gap=0, lead=True),
    Column("", 1, gap=0),
    Column("Pos", 6, right=True, drop=2, most=fmt.FRACTION),
    Column("", 1),
    Column("Last", 9, gap=0, right=True, most=fmt.FRACTION),
    Column("Chg%", 6, right=True),
    Column("Size", 5, right=True, drop=3),
    Column("Bid", 9, right=True, most=fmt.FRACTION),
    Column("Ask", 9, right=True, most=fmt.FRACTION),
    Column("Size", 5, right=True, drop=3),
    Column("Vol", 6, right=True, drop=1),
    Column("Today", 6, drop=4),
    Column("Chg", 8, gap=2, right=True, add=1, most=fmt.FRACTION),
    Column("High", 9, right=True, add=2, most=fmt.FRACTION),
    Column("Low", 9, right=True, add=3, most=fmt.FRACTION),
    Column("Spread", 6, right=True, add=4, most=fmt.FRACTION),
    Column("Open", 9, right=True, add=5, most=fmt.FRACTION),
)

STALE_AFTER = 60.0
"""Seconds without a tick after which a market is flagged."""
MOVED_FOR = 1.0
"""Seconds that a changed Last stays marked."""
_BUCKETS = 6


class Ticks:
    """Which way each Last moved, for as long as it counts as just moved."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._moved: dict[str, tuple[int, float]] = {}

    def observe(self, quotes: Iterable[Quote], now: float) -> None:
        """Take the newest quotes over; `now` is monotonic seconds."""
        for quote in quotes:
            before = self._last.get(quote.symbol)
            if quote.last is None:
                continue
            if before is not None and before != quote.last:
                self._moved[quote.symbol] = (1 if quote.last > before else -1, now)
            self._last[quote.symbol] = quote.last

    def direction(self, symbol: str, now: float) -> int:
        """1 up, -1 down, 0 when it did not just move."""
        sign, when = self._moved.get(symbol, (0, now))
        return sign if now - when < MOVED_FOR else 0


def sparkline(bars: Sequence[Bar], buckets: int = _BUCKETS) -> str:
    """The closes of a day in block eighths, oldest left; empty without bars."""
    if not bars:
        return ""
    closes = [bars[min((index + 1) * len(bars) // buckets, len(bars)) - 1].close for index in range(buckets)]
    low, high = min(closes), max(closes)
    scale = (len(CHART) - 2) / (high - low) if high > low else 0.0
    return "".join(CHART[1 + round((close - low) * scale)] for close in closes)


def flag(quote: Quote | None, now: float) -> Cell:
    """H halted, ! stale, z frozen, d delayed; blank is real-time."""
    if quote is None:
        return Cell()
    if quote.halted:
        return Cell("H", "alarm", True)
    if quote.received and now - quote.received > STALE_AFTER:
        return Cell("!", "warning", True)
    signs = {"frozen": "z", "delayed": "d", "delayed-frozen": "z"}
    return Cell(signs.get(quote.kind, ""), "warning")


def row(model: Model, symbol: str, direction: int, today: str, now: float, label: str = "") -> Row:
    """One instrument, called `label`; `direction` is that of a Last that just moved, `now` monotonic seconds."""
    quote = model.quotes.get(symbol) or Quote(symbol=symbol)
    instrument = model.instruments.get(symbol)
    held = model.positions.get(symbol)
    shown = quote.last if quote.last is not None else quote.mid
    decimals = price_digits(shown, instrument)
    moved: Role = "up" if direction > 0 else "down"
    rest: Role = "bright" if quote.kind == "real-time" else "dim"

    def price(value: float | None, role: Role = "normal") -> Cell:
        return Cell(fmt.price(value, price_digits(value, instrument)), role)

    return Row(
        symbol,
        (
            Cell(label or model.names.of(symbol, 12), "bright"),
            flag(quote, now),
            Cell(fmt.quantity(held.quantity, signed=True) if held and held.quantity else ""),
            Cell("▲" if direction > 0 else "▼" if direction < 0 else "", moved),
            Cell(fmt.price(shown, decimals), moved if direction else rest, bool(direction)),
            Cell(fmt.percent(quote.change_percent), signed(quote.change_percent)),
            Cell(fmt.size(quote.bid_size), "dim"),
            price(quote.bid),
            price(quote.ask),
            Cell(fmt.size(quote.ask_size), "dim"),
            Cell(fmt.size(quote.volume, 6), "dim"),
            Cell(today, "dim"),
            Cell(fmt.change(_difference(shown, quote.close), decimals, 8), signed(_difference(shown, quote.close))),
            price(quote.high, "dim"),
            price(quote.low, "dim"),
            Cell(fmt.price(_difference(quote.ask, quote.bid), decimals, 6), "dim"),
            price(quote.open, "dim"),
        ),
    )


def signed(value: float | None) -> Role:
    """The role of a signed figure."""
    return "dim" if value is None else "normal" if value == 0 else "up" if value > 0 else "down"


def news(model: Model, now: float) -> tuple[str, Role]:
    """The worst market: halted, then stale, then delayed."""
    flags = [(flag(model.quotes.get(symbol), now).text, symbol) for symbol in model.watchlist]
    for sign, words, role in (("H", "halted", "down"), ("!", "stale", "warning"), ("d", "delayed", "dim")):
        symbols = [symbol for found, symbol in flags if found == sign]
        if symbols:
            named = symbols[0] if len(symbols) == 1 else str(len(symbols))
            return f"{named} {words}", role  # type: ignore[return-value]
    return "", "dim"


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


class WatchlistPane(Pane):
    """The pane of the watchlist."""

    def __init__(self) -> None:
        super().__init__("watchlist", COLUMNS, empty=UNSEEN)
        self._ticks = Ticks()
        self._today: dict[str, str] = {}

    def set_today(self, symbol: str, bars: Sequence[Bar]) -> None:
        """The day's bars of an instrument, oldest first."""
        self._today[symbol] = sparkline(bars)

    def observe(self, quotes: Iterable[Quote], now: float) -> None:
        """Take changed quotes over, for the marks of a moving Last."""
        self._ticks.observe(quotes, now)

    def symbol(self, model: Model) -> str | None:
        return self.cursor_key

    def show(self, model: Model, moment: Moment) -> None:
        now = moment.monotonic
        self.note = str(len(model.watchlist)) if model.watchlist else ""
        self.empty = UNSEEN if model.session is None else "nothing watched · / finds an instrument and adds it"
        self.news = news(model, now)
        self.set_rows([self._row(model, place, now) for place in model.names.arranged(model.watchlist, 12)])

    def _row(self, model: Model, place: NamedRow, now: float) -> Row:
        symbol = place.symbol
        if place.heading:
            blank = (Cell(),) * (len(COLUMNS) - 1)
            return Row(f"heading {symbol}", (Cell(place.label, "dim"), *blank), selectable=False)
        return row(model, symbol, self._ticks.direction(symbol, now), self._today.get(symbol, ""), now, place.label)
