"""The header: `mode account | can I send | money | risk | clock`, fitted by priority into one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from ibtui.domain.ability import HALTED, NO_LINK, READ_ONLY, READY, Hindrance, words
from ibtui.domain.currency import MIDDLE
from ibtui.link.messages import SessionHeader, hindering
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Canvas, Line, Run, cut, length, spread
from ibtui.terminal.drawing.glyphs import UNKNOWN
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.model import Model
from ibtui.terminal.panes.positions import bare, over
from ibtui.terminal.panes.watchlist import STALE_AFTER, signed

KEPT = 0
"""Drop rank of mode, ability and the day's P&L: never dropped. Of the others the highest goes first."""


class HeaderPart(NamedTuple):
    """A piece of the header and when it gives way."""

    runs: tuple[Run, ...]
    drop: int = KEPT
    gap: int = 2
    """How many blanks stand before the part."""


class Lost(NamedTuple):
    """Why the engine is gone, and since when."""

    reason: str
    since: datetime


def ability(session: SessionHeader | None, lost: Lost | None, now: datetime, zone: tzinfo) -> list[HeaderPart]:
    """READY, or everything that stands in the way, the worst first, what that prevents and since when."""
    if session is None and lost is None:
        return [HeaderPart((Run("○ ", "warning"), Run("CONNECTING", "warning", True)))]
    found = in_the_way(session, lost)
    if session is not None and not found:
        ready = HeaderPart((Run("● ", "up"), Run(READY, "bright", True)))
        return [ready, *_round_trip(session.round_trip)]
    since = _began(session, lost, now, found)
    role: Role = "alarm" if HALTED in found else "warning"
    parts = [HeaderPart((Run(f" {words(found)} ", role, True, True),), gap=1)]
    if found[0] is not READ_ONLY:
        parts.append(HeaderPart((Run(f"{_since(since, now)} ", role, True, True),), drop=1, gap=0))
    parts.append(HeaderPart((Run(found[0].prevents, "warning"),), drop=3, gap=1))
    if found[0] is NO_LINK and (lost is not None or (session is not None and session.positions_known)):
        parts.append(HeaderPart((Run(f" · as of {fmt.clock(since, zone)}", "warning"),), drop=11, gap=0))
    return parts


def _began(session: SessionHeader | None, lost: Lost | None, now: datetime, found: Sequence[Hindrance]) -> datetime:
    """Since when the worst of them stands in the way."""
    if lost is not None or session is None:
        return now if lost is None else lost.since
    held = [hold.since for hold in session.holds] if len(found) == 1 else []
    return min(held, default=session.since)


def in_the_way(session: SessionHeader | None, lost: Lost | None) -> tuple[Hindrance, ...]:
    """What prevents trading, the worst first; without a link to the engine there is none to IB either."""
    told = () if session is None else hindering(session)
    return told if lost is None else (NO_LINK, *(hindrance for hindrance in told if not hindrance.last_known))


def _since(since: datetime, now: datetime) -> str:
    return fmt.elapsed((now - since).total_seconds())


def _round_trip(seconds: float | None) -> list[HeaderPart]:
    return [] if seconds is None else [HeaderPart((Run(f"{seconds * 1000:.0f} ms", "dim"),), drop=12, gap=1)]


def mode(session: SessionHeader | None, account: str) -> list[HeaderPart]:
    """Paper or live, and whether prices are simulated."""
    if session is None:
        return []
    live = session.mode == "live"
    chip = Run(" LIVE " if live else " PAPER ", "alarm" if live else "normal", True, True)
    parts = [HeaderPart((chip,), gap=0)]
    if session.demo:
        parts.append(HeaderPart((Run(" DEMO ", "warning", True, True),), gap=1))
        parts.append(HeaderPart((Run("· simulated prices ", "warning", True, True),), drop=13, gap=0))
    return [*parts, *([HeaderPart((Run(account),), drop=4, gap=1)] if account else [])]


def data_kind(model: Model, monotonic: float) -> list[HeaderPart]:
    """How fresh the data is, as most of the watchlist has it."""
    quotes = [quote for symbol in model.watchlist if (quote := model.quotes.get(symbol)) is not None and quote.received]
    if not quotes:
        return []
    if monotonic - max(quote.received for quote in quotes) > STALE_AFTER:
        return [HeaderPart((Run("stale", "warning", True),), drop=8)]
    kind = Counter(quote.kind for quote in quotes).most_common(1)[0][0]
    return [HeaderPart((Run(kind, "dim" if kind == "real-time" else "warning"),), drop=8)]


def money(model: Model) -> list[HeaderPart]:
    """Net liquidation, the day's P&L, open P&L and buying power."""
    account = model.account
    if account is None:
        return [HeaderPart((Run("day ", "dim"), Run(UNKNOWN, "dim")), gap=3)]
    day, value = account.day_pnl, account.net_liquidation
    before = None if day is None or value is None else value - day
    share = None if day is None or not before else day / before * 100
    currency = "" if account.currency in ("", MIDDLE) else f" {account.currency}"
    parts = [
        HeaderPart((Run("NLV ", "dim"), Run(fmt.money(value), "bright"), Run(currency, "dim")), drop=7, gap=3),
        HeaderPart((Run("day ", "dim"), Run(fmt.gain(day), signed(day), True))),
    ]
    if share is not None:
        parts.append(HeaderPart((Run(f"{fmt.percent(share)}%", signed(day)),), drop=6, gap=1))
    if account.unrealized_pnl is not None:
        open_pnl = account.unrealized_pnl
        parts.append(HeaderPart((Run("open ", "dim"), Run(fmt.gain(open_pnl), signed(open_pnl))), drop=9))
    if account.buying_power is not None:
        parts.append(HeaderPart((Run("BP ", "dim"), Run(fmt.compact(account.buying_power))), drop=10))
    return parts


def risk(model: Model) -> list[HeaderPart]:
    """How many positions stand without a stop, and of how many the exits would trade more than is held."""
    counts = (("BARE", len(bare(model))), ("OVER", len(over(model))))
    shown = [Run(f" {count} {word} ", "warning", True, True) for word, count in counts if count]
    return [HeaderPart((chip,), drop=1, gap=2 - bool(place)) for place, chip in enumerate(shown)]


def cancelling(session: SessionHeader | None) -> list[HeaderPart]:
    """How many of the cancels under way are confirmed; nothing once all are."""
    counts = None if session is None else session.cancelling
    if counts is None or counts.confirmed >= counts.asked:
        return []
    return [HeaderPart((Run(f" cancels {counts.confirmed}/{counts.asked} ", "warning", True, True),), drop=1, gap=1)]


def recording(session: SessionHeader | None) -> list[HeaderPart]:
    """How many instruments are recorded."""
    if session is None or not session.recording:
        return []
    return [HeaderPart((Run(f"REC {session.recording}", "normal", True),), drop=5, gap=2)]


def clock(now: datetime, zone: tzinfo) -> list[HeaderPart]:
    """The time at the right end, with the zone's short name."""
    local = now.astimezone(zone)
    name = {"EST": "ET", "EDT": "ET", "CST": "CT", "CDT": "CT"}.get(local.strftime("%Z"), local.strftime("%Z"))
    return [
        HeaderPart((Run(local.strftime("%H:%M:%S"), "bright", True),), drop=2),
        HeaderPart((Run(name, "dim"),), drop=11, gap=1),
    ]


def fitted(left: Sequence[HeaderPart], right: Sequence[HeaderPart], width: int) -> tuple[Run, ...]:
    """Both ends in one line; parts give way by their rank until the line fits."""
    for limit in sorted({part.drop for part in (*left, *right)} | {KEPT}, reverse=True):
        kept_left = _joined([part for part in left if part.drop <= limit])
        kept_right = _joined([part for part in right if part.drop <= limit])
        margin = 2 if kept_right else 0
        if length(kept_left) + length(kept_right) + margin <= width or limit == KEPT:
            return spread(kept_left, (*kept_right, Run(" ")) if kept_right else (), width)
    return ()


def _joined(parts: Sequence[HeaderPart]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for part in parts:
        if runs and part.gap:
            runs.append(Run(" " * part.gap))
        runs.extend(part.runs)
    return tuple(runs)


class Header(Canvas):
    """The first line of the screen, but for its right end.

    The right end is a widget of its own: an update begins at a widget's left edge, and the clock moves every second.
    """

    def __init__(self, model: Model) -> None:
        super().__init__(id="header")
        self.end = HeaderEnd(self)
        self._model = model
        self._lost: Lost | None = None
        self._now: datetime | None = None
        self._zone: tzinfo | None = None
        self._monotonic = 0.0

    def show(self, lost: Lost | None, now: datetime, zone: tzinfo, monotonic: float) -> None:
        """Draw for this moment: `now` aware, `monotonic` seconds."""
        self._lost, self._now, self._zone, self._monotonic = lost, now, zone, monotonic
        self.repaint()
        self.end.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return [cut(self.whole(), 0, width)]

    def whole(self) -> Line:
        """The header in the width of the screen."""
        if self._now is None or self._zone is None:
            return Line((), "title")
        return line(self._model, self._lost, self._now, self._zone, self._monotonic, self.app.size.width)


class HeaderEnd(Canvas):
    """The last cells of the header, with the clock."""

    def __init__(self, header: Header) -> None:
        super().__init__(id="clock")
        self._header = header

    def draw(self, width: int, height: int) -> Sequence[Line]:
        total = self.app.size.width
        return [cut(self._header.whole(), total - width, total)]


def line(model: Model, lost: Lost | None, now: datetime, zone: tzinfo, monotonic: float, width: int) -> Line:
    """The whole header in a width; on a red ground when the account is a live one."""
    session = model.session
    left = [
        *mode(session, model.account.id if model.account else ""),
        *ability(session, lost, now, zone),
        *(cancelling(session) if not lost else ()),
        *(data_kind(model, monotonic) if session and not any(h.last_known for h in in_the_way(session, lost)) else ()),
        *money(model),
        *risk(model),
        *(recording(session) if not lost else ()),
    ]
    live = session is not None and session.mode == "live"
    return Line(fitted(left, clock(now, zone), width), "alarm" if live else "title")
