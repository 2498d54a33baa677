"""The strip of the selected instrument: what it is, its day, its chart, and what is held of it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import tzinfo

from ibtui.domain.ability import NO_LINK
from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument, expiry_words
from ibtui.domain.label import spelled
from ibtui.domain.money import plain
from ibtui.domain.quote import Quote
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import price_digits
from ibtui.link.messages import hindering
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Canvas, Line, Run
from ibtui.terminal.drawing.chart import chart
from ibtui.terminal.drawing.table import faded
from ibtui.terminal.model import Model
from ibtui.terminal.panes.positions import mark, target
from ibtui.terminal.panes.watchlist import signed

CHART_FROM = 6
"""Lines from which the strip has a chart: two of text, two of columns, the axis and a blank below."""


def name_line(model: Model, symbol: str) -> tuple[Run, ...]:
    """`AAPL  Apple Inc · NASDAQ · USD · tick 0.01`."""
    instrument = model.instruments.get(symbol)
    if instrument is None:
        return (Run(f" {spelled(symbol)}", "bright", True),)
    venue, quote = instrument.primary_exchange or instrument.exchange, model.quotes.get(symbol)
    tick = instrument.tick if quote is None or quote.last is None else instrument.step(quote.last)
    parts = [instrument.name, venue, instrument.currency, _expires(instrument), f"tick {plain(tick)}"]
    if instrument.multiplier != 1:
        parts.append(f"×{plain(instrument.multiplier)}")
    return (
        Run(f" {spelled(symbol, instrument)}  ", "bright", True),
        Run(" · ".join(part for part in parts if part), "dim"),
    )


def _expires(instrument: Instrument) -> str:
    day = expiry_words(instrument.expiry)
    return f"expires {day}" if day else ""


def day_line(quote: Quote | None, instrument: Instrument | None) -> tuple[Run, ...]:
    """Open, high, low, previous close and the spread in ticks; what is unknown is left out."""
    if quote is None:
        return ()
    known = (("open", quote.open), ("high", quote.high), ("low", quote.low), ("prev", quote.close))
    runs: list[Run] = []
    for title, value in known:
        if value is not None:
            runs += [
                Run(f"{'  ' if runs else ' '}{title} ", "dim"),
                Run(fmt.price(value, price_digits(value, instrument))),
            ]
    ticks = spread_ticks(quote, instrument)
    if ticks is not None:
        runs += [Run("  spread " if runs else " spread ", "dim"), Run(f"{ticks} tick{'' if ticks == 1 else 's'}")]
    return tuple(runs)


def spread_ticks(quote: Quote, instrument: Instrument | None) -> int | None:
    """The distance of ask and bid in ticks."""
    if instrument is None or quote.bid is None or quote.ask is None:
        return None
    return round((quote.ask - quote.bid) / float(instrument.step(quote.bid)))


def held_line(model: Model, symbol: str) -> tuple[Run, ...]:
    """What is held, its stop, target and cover; without a position what the instrument is."""
    position = model.positions.get(symbol)
    if position is not None and not position.quantity and position.cover == "OVER":
        return Run(f" {symbol}", "bright", True), Run("  flat, exits left over: OVER", "warning", True)
    if position is None or not position.quantity:
        return name_line(model, symbol)
    instrument = model.instruments.get(symbol)
    aim = target(model, symbol)
    bare = position.cover == "BARE"
    return (
        Run(f" {spelled(symbol, instrument)}", "bright", True),
        Run(" hold ", "dim"),
        Run(fmt.quantity(position.quantity, 9, signed=True), "bright"),
        Run(" at ", "dim"),
        Run(fmt.price(position.average_cost, price_digits(position.average_cost, instrument))),
        Run(f" {mark(model, symbol)}{fmt.pnl(position.unrealized_pnl)}", signed(position.unrealized_pnl)),
        Run("   stop ", "dim"),
        Run("none", "warning") if bare else Run(fmt.price(position.stop, price_digits(position.stop, instrument))),
        Run("   target ", "dim"),
        Run("none", "dim") if aim is None else Run(fmt.price(aim, price_digits(aim, instrument))),
        Run(f"   {position.cover}", "dim" if position.cover == "full" else "warning", position.cover != "full"),
    )


def no_link(model: Model) -> str:
    """Why there is no connection to IB and what to do next, as the engine says it; empty while there is one."""
    session = model.session
    return session.reason if session is not None and NO_LINK in hindering(session) else ""


class InstrumentStrip(Canvas):
    """The selected instrument: with a chart where there is room, else two lines of context."""

    def __init__(self, model: Model) -> None:
        super().__init__(id="strip")
        self._model = model
        self._symbol: str | None = None
        self._bars: Sequence[Bar] = ()
        self._zone: tzinfo | None = None
        self.brief = False
        """Two lines below a rule instead of a title, the day and a chart."""
        self.stale = False

    def show(self, symbol: str | None, bars: Sequence[Bar], zone: tzinfo) -> None:
        """Draw the instrument with its one-minute bars, oldest first."""
        self._symbol, self._bars, self._zone = symbol, bars, zone
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        if self._symbol is None:
            return [Line((Run("─" * width, "faint"),))] if self.brief else [Line((), "title")]
        lines = self._brief(self._symbol, width) if self.brief else self._whole(self._symbol, width, height)
        return [faded(line) for line in lines] if self.stale else lines

    def _brief(self, symbol: str, width: int) -> list[Line]:
        rule = Line((Run("─" * width, "faint"),))
        why = self._why(width)
        if self._model.positions_known:
            return [rule, Line(held_line(self._model, symbol)), *(why[:1] or [Line(self._day(symbol))])]
        return [rule, *(why or [Line(held_line(self._model, symbol)), Line(self._day(symbol))])]

    def _why(self, width: int) -> list[Line]:
        """What keeps IB away, and the next step."""
        parts = textwrap.wrap(sanitize(no_link(self._model)), max(width - 2, 20))
        return [Line((Run(f" {part}", "warning"),)) for part in parts]

    def _whole(self, symbol: str, width: int, height: int) -> list[Line]:
        lines = [Line(name_line(self._model, symbol), "title"), *(self._why(width) or [Line(self._day(symbol))])]
        if height < CHART_FROM or self._zone is None:
            return lines
        quote, instrument = self._model.quotes.get(symbol), self._model.instruments.get(symbol)
        last = (quote.last if quote.last is not None else quote.mid) if quote else None
        return lines + chart(self._bars, last, price_digits(last, instrument), self._zone, width, height - 4)

    def _day(self, symbol: str) -> tuple[Run, ...]:
        return day_line(self._model.quotes.get(symbol), self._model.instruments.get(symbol))
