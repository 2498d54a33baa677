"""Strategies: which run, what they hold and earn, and what each last decided."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal

from ibtui.domain.ability import UNSEEN
from ibtui.link.status import StrategyStatus
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.drawing.table import Cell, Column, Note, Row
from ibtui.terminal.model import Model
from ibtui.terminal.panes.pane import Moment, Pane, TabCount
from ibtui.terminal.panes.watchlist import signed

COLUMNS = (
    Column("", 1, gap=0),
    Column("Strategy", 14, lead=True),
    Column("State", 9),
    Column("Position", 16, most=28),
    Column("Fills", 5, right=True, drop=1),
    Column("P&L today", 10, right=True),
    Column("Limit left", 11, right=True, drop=2, most=fmt.FRACTION),
)

_STATES: dict[str, tuple[str, Role]] = {
    "off": ("○", "dim"),
    "running": ("●", "up"),
    "shadow": ("◌", "warning"),
    "paused": ("●", "warning"),
    "suspended": ("●", "warning"),
    "failed": ("●", "down"),
}
_SHOWN = {"shadow": "SHADOW"}
"""States that read otherwise than they are called: nothing that a shadow decides is sent."""
_CHANGING: tuple[str, Role] = ("●", "warning")
_UNITS = {"STK": "sh", "FUT": "ct", "OPT": "ct"}


def rows(model: Model, zone: tzinfo, now: datetime) -> list[Row]:
    """One row for each strategy, its last decision below; those that can act first."""
    return [_row(model, strategy, zone, now) for strategy in sorted(model.strategies.values(), key=_rank)]


def _rank(strategy: StrategyStatus) -> int:
    """Running, then failed, then changed files, then those that are off; the engine's order within each."""
    if running(strategy):
        return 0
    if strategy.state == "failed":
        return 1
    return 3 if strategy.approved else 2


def running(strategy: StrategyStatus) -> bool:
    """Whether it is switched on."""
    return strategy.state not in ("off", "failed")


def _row(model: Model, strategy: StrategyStatus, zone: tzinfo, now: datetime) -> Row:
    dot, role = _STATES.get(strategy.state, _CHANGING)
    on = running(strategy)
    active = on or bool(strategy.position)
    return Row(
        strategy.name,
        (
            Cell(dot, role),
            Cell(fmt.middle(strategy.name, 14), "bright" if on else "normal"),
            Cell(_SHOWN.get(strategy.state, strategy.state), "normal" if strategy.state == "running" else role),
            Cell(_position(model, strategy), "bright"),
            Cell(str(strategy.trades) if active or strategy.trades else ""),
            Cell(fmt.pnl(strategy.pnl) if active or strategy.pnl else "", signed(strategy.pnl)),
            Cell(_left(model, strategy.symbol, strategy.limit_left), "dim"),
        ),
        _notes(strategy, zone, now),
    )


def _position(model: Model, strategy: StrategyStatus) -> str:
    if strategy.position is None or (not strategy.position and not running(strategy)):
        return ""
    if not strategy.position:
        return f"flat {model.names.of(strategy.symbol, 11)}".rstrip()
    held = fmt.quantity(strategy.position, 7, signed=True)
    return f"{held} {model.names.of(strategy.symbol, max(15 - len(held), 8))}"


def _left(model: Model, symbol: str, left: Decimal | None) -> str:
    if left is None:
        return ""
    instrument = model.instruments.get(symbol)
    unit = _UNITS.get(instrument.sec_type, "") if instrument else ""
    return f"{fmt.quantity(left, 8)} {unit}".rstrip()


def _notes(strategy: StrategyStatus, zone: tzinfo, now: datetime) -> tuple[Note, ...]:
    if strategy.state == "failed" and strategy.reason:
        return (Note(strategy.reason, "down"),)
    if not running(strategy):
        return (Note(strategy.reason, "dim" if strategy.approved else "warning"),) if strategy.reason else ()
    if strategy.state in ("paused", "suspended") and strategy.reason:
        return (Note(strategy.reason, "warning"),)
    parts = [_drawn(strategy) or strategy.decision, _would_work(strategy), _old(strategy), _next_bar(strategy, now)]
    text = " · ".join(part for part in parts if part)
    if not text:
        return ()
    return (Note(f"{fmt.clock(strategy.decided, zone)} {text}" if strategy.decided else text),)


OLD = 5.0
"""Seconds from which the age of a strategy's data is shown."""


def _drawn(strategy: StrategyStatus) -> str:
    """In shadow: what it would have done last, where it did something."""
    return strategy.drawn[-1] if strategy.drawn else ""


def _would_work(strategy: StrategyStatus) -> str:
    """In shadow: how many of its orders may still trade."""
    count = 0 if strategy.shadow is None else len(strategy.shadow.orders)
    return f"{count} {'order' if count == 1 else 'orders'} would work" if count else ""


def _old(strategy: StrategyStatus) -> str:
    age = strategy.data_age
    return f"data {fmt.elapsed(age)} old" if age is not None and age >= OLD else ""


def _next_bar(strategy: StrategyStatus, now: datetime) -> str:
    left = (strategy.next_bar - now).total_seconds() if strategy.next_bar else 0.0
    return f"next bar {fmt.elapsed(left)}" if left >= 1 else ""


def summary(model: Model) -> str:
    """`2 of 3 running · 1 in SHADOW`."""
    count = sum(map(running, model.strategies.values()))
    shadows = sum(strategy.state == "shadow" for strategy in model.strategies.values())
    shadow = f" · {shadows} in SHADOW" if shadows else ""
    return f"{count} of {len(model.strategies)} running{shadow}" if model.strategies else ""


def news(model: Model) -> tuple[str, Role]:
    """Which strategy failed, or how many did, as the pane's worst news."""
    failed = [strategy.name for strategy in model.strategies.values() if strategy.state == "failed"]
    if not failed:
        return "", "down"
    return (f"{failed[0]} failed" if len(failed) == 1 else f"{len(failed)} failed"), "down"


class StrategiesPane(Pane):
    """The pane that lists strategies and how each runs."""

    def __init__(self) -> None:
        super().__init__("strategies", COLUMNS, empty=UNSEEN)

    def count(self, model: Model) -> TabCount:
        strategies = model.strategies.values()
        failed = any(strategy.state == "failed" for strategy in strategies)
        return TabCount(sum(map(running, strategies)), "down" if failed else "dim")

    def symbol(self, model: Model) -> str | None:
        strategy = model.strategies.get(self.cursor_key or "")
        return strategy.symbol or None if strategy else None

    def show(self, model: Model, moment: Moment) -> None:
        self.note = summary(model)
        self.empty = UNSEEN if model.session is None else "no strategies found"
        self.news = news(model)
        self.set_rows(rows(model, moment.zone, moment.now))
