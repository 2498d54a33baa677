"""The backtest of a strategy over the whole screen: a line to edit, progress, equity and falls drawn, trades listed."""

from __future__ import annotations

import csv
import shlex
import tempfile
import textwrap
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.text import blocks
from ibtui.domain.text.sanitize import sanitize
from ibtui.link.status import StrategyStatus
from ibtui.terminal.child import Child
from ibtui.terminal.drawing.canvas import Line as Row
from ibtui.terminal.drawing.canvas import Run, fit
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.keys import Press
from ibtui.terminal.places.line import TextLine
from ibtui.terminal.places.place import Hints, Place, Terminal, text_line, title
from ibtui.terminal.places.startline import edited

_CHART = 10
_LABEL = 12
_FIGURES = (
    ("final equity", "final_equity", "{:,.2f}"),
    ("return", "return_percent", "{:,.2f} %"),
    ("buy and hold", "buy_and_hold_percent", "{:,.2f} %"),
    ("CAGR", "cagr_percent", "{:,.2f} %"),
    ("max drawdown", "max_drawdown_percent", "{:,.2f} %"),
    ("Sharpe", "sharpe", "{:,.2f}"),
    ("Sortino", "sortino", "{:,.2f}"),
    ("fills", "fills", "{:,}"),
    ("win rate", "win_rate_percent", "{:,.1f} %"),
    ("profit factor", "profit_factor", "{:,.2f}"),
    ("exposure", "exposure_percent", "{:,.1f} %"),
    ("commissions", "commissions", "{:,.2f}"),
)


class Backtest(Place):
    """One backtest after the other; the line keeps what was typed, Esc ends a running one and then goes back."""

    mount = "screen"
    typing = True

    def __init__(self, terminal: Terminal, strategy: StrategyStatus, symbol: str | None) -> None:
        super().__init__(terminal)
        self._line = TextLine(prefilled(strategy, symbol))
        self._child: Child | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._result: dict[str, Any] | None = None
        self._equity: list[float] = []
        self._trades: list[dict[str, str]] = []
        self._first = 0
        self._complaint = ""

    # keys

    def press(self, press: Press) -> None:
        keymap = self.terminal.keymap
        if keymap.action("text", press.key) == "back":
            self._back()
        elif press.key in keymap.keys("ticket.confirm"):
            self._start()
        elif press.key in ("down", "up", "pagedown", "pageup"):
            step = {"down": 1, "up": -1, "pagedown": 10, "pageup": -10}[press.key]
            self._first = max(min(self._first + step, len(self._trades) - 1), 0)
        elif not self._running and self._line.press(press.key, press.text):
            self._complaint = ""

    def paste(self, text: str) -> None:
        self._complaint = self._line.paste(text) or ""

    @property
    def _running(self) -> bool:
        return self._child is not None and not self._child.over

    def _back(self) -> None:
        if self._running and self._child is not None:
            self._child.cancel()
        else:
            self._forget()
            self.terminal.close()

    def _start(self) -> None:
        if self._running:
            return
        try:
            words = shlex.split(self._line.text)
        except ValueError as error:
            self._complaint = f"The line is not written right: {error}."
            return
        self._forget()
        self._folder = tempfile.TemporaryDirectory(prefix="ibtui-")
        session = self.terminal.model.session
        profile = ("--profile", session.profile) if session is not None and session.profile else ()
        self._child = Child(("backtest", *words, "--report", self._folder.name, *profile))
        self._child.start()
        self._complaint, self._result = "", None

    def _forget(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = None
        self._trades, self._equity, self._first = [], [], 0

    def changed(self) -> None:
        child = self._child
        if child is None or not child.over:
            return
        self._child = None
        self._complaint = child.complaint if child.answer is None else ""
        self._result = child.answer
        if child.answer is not None and self._folder is not None:
            self._read(Path(self._folder.name))

    def _read(self, folder: Path) -> None:
        try:
            with (folder / "equity.csv").open(newline="") as rows:
                self._equity = [float(row["equity"]) for row in csv.DictReader(rows)]
            with (folder / "trades.csv").open(newline="") as rows:
                self._trades = list(csv.DictReader(rows))
        except (OSError, ValueError, KeyError) as error:
            self._complaint = f"The report cannot be read: {sanitize(str(error), 100)}."

    # drawing

    def draw(self, width: int, height: int) -> list[Row]:
        lines = [
            title(self.terminal.keymap, "Backtest", "what `ibtui backtest` takes", width),
            edited(self._line, width, "  "),
        ]
        lines += [text_line(part, "warning") for part in textwrap.wrap(self._complaint, max(width - 4, 20))[:3]]
        if self._running and self._child is not None:
            lines += [Row(), _bar(self._child.progress, width)]
        elif self._result is not None:
            lines += self._shown(width, height - len(lines))
        elif not self._complaint:
            enter = self.terminal.keymap.label("ticket.confirm")
            lines += [Row(), text_line(f"{enter} runs it · files: --data AAPL.csv · IB's history: --data AAPL", "dim")]
        return lines[:height]

    def _shown(self, width: int, height: int) -> list[Row]:
        assert self._result is not None
        chart = max(min(_CHART, height - 14), 2)
        lines = [Row(), *self._picture(width, chart), Row(), *self._figures(width)]
        lines += [text_line(sanitize(str(text), 200), "warning") for text in self._result.get("warnings", ())][:2]
        room = height - len(lines) - 2
        if self._trades and room > 1:
            lines += [Row(), *self._listed(width, room)]
        return lines

    def _picture(self, width: int, height: int) -> list[Row]:
        values = [float(self._result["cash"]), *self._equity] if self._result else []
        room = max(width - _LABEL - 2, 10)
        drawn = blocks.rows(values, room, height)
        role: Role = "dim"
        labels = {0: f"{max(values):,.0f}", len(drawn) - 1: f"{min(values):,.0f}"} if values else {}
        lines = [
            Row((Run(f"{labels.get(number, ''):>{_LABEL}} ", "dim"), Run(row, role)))
            for number, row in enumerate(drawn)
        ]
        fall = blocks.falls(values)
        deepest = f"{min(fall, default=0):.1%}"
        return [
            *lines,
            *(
                Row((Run(f"{deepest:>{_LABEL}} ", "dim"), Run(row, "down")))
                for row in blocks.rows([-one for one in fall], room, 1)
            ),
        ]

    def _figures(self, width: int) -> list[Row]:
        assert self._result is not None
        facts = {**self._result.get("statistics", {}), **self._result}
        trades = self._result.get("trades", {})
        cells = [(name, _figure(facts.get(key), form)) for name, key, form in _FIGURES]
        cells.append(("trades", f"{trades.get('closed', 0):,} closed, {trades.get('open', 0):,} open"))
        across = max(min(width // 34, 4), 1)
        down = -(-len(cells) // across)
        return [
            Row(
                tuple(
                    run
                    for name, value in cells[row::down]
                    for run in (Run(f"  {name:<15}", "dim"), Run(f"{value:>15}  "))
                )
            )
            for row in range(down)
        ]

    def _listed(self, width: int, room: int) -> list[Row]:
        head = f"  {'Symbol':<10}{'opened':<18}{'closed':<18}{'quantity':>10}{'entry':>12}{'exit':>12}{'profit':>12}"
        lines = [Row((Run(fit(head, width), "dim"),))]
        for trade in self._trades[self._first : self._first + room - 1]:
            profit = float(trade["profit"])
            text = (
                f"  {sanitize(trade['symbol'], 9):<10}{self._local(trade['opened']):<18}"
                f"{self._local(trade['closed']):<18}{float(trade['quantity']):>+10,.0f}"
                f"{float(trade['entry']):>12,.2f}{float(trade['exit']):>12,.2f}"
            )
            lines.append(Row((Run(text), Run(f"{profit:>+12,.2f}", "up" if profit > 0 else "down"))))
        return lines

    def _local(self, text: str) -> str:
        """A time of the report as the rest of the screen tells it."""
        session = self.terminal.model.session
        zone = NEW_YORK if session is None else ZoneInfo(session.timezone)
        return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"

    def hints(self) -> Hints:
        hint = self.terminal.keymap.hint
        if self._running:
            return (hint("back", "cancel"),)
        return (hint("ticket.confirm", "run"), ("Up Down", "trades"), hint("back"))


def prefilled(strategy: StrategyStatus, symbol: str | None) -> str:
    """The strategy with its parameters, over the history of the selected instrument."""
    values = {parameter.name: parameter.default for parameter in strategy.parameters}
    values |= strategy.running_with
    kinds = {parameter.name: parameter.kind for parameter in strategy.parameters}
    chosen = [
        f"--param {name}={shlex.quote(value)}"
        for name, value in values.items()
        if kinds[name] not in ("symbol", "symbols", "bar")
    ]
    data = symbol or next((values[name] for name, kind in kinds.items() if kind == "symbol"), "SPY")
    return " ".join([strategy.strategy or strategy.name, "--data", data, "--bar 1min", *chosen])


def _bar(progress: float | None, width: int) -> Row:
    """A bar that shows how far the run is."""
    room = max(min(width - 20, 60), 10)
    if progress is None:
        return Row((Run("  running …", "dim"),))
    done = round(progress * room)
    return Row(
        (Run("  "), Run("█" * done, "focus"), Run("░" * (room - done), "faint"), Run(f" {progress:>4.0%}", "dim"))
    )


def _figure(value: object, form: str) -> str:
    return form.format(value) if isinstance(value, int | float) else "–"
