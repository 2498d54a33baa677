"""The main screen: header, panes, the strip of the selected instrument, message line and keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from ibtui.commands.panes import PANE_IDS, pane_number
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import Clock, SystemClock
from ibtui.domain.order import Order
from ibtui.terminal.device.pump import behind
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing import palette
from ibtui.terminal.drawing.grid import LiveGrid, Move
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.layout.holder import Holder
from ibtui.terminal.layout.places import Places
from ibtui.terminal.layout.plan import SMALLEST, ScreenPlan, plan, upper_of
from ibtui.terminal.layout.tabs import TabBar
from ibtui.terminal.model import FrameChanges, Model
from ibtui.terminal.panes.header import Header, Lost
from ibtui.terminal.panes.keyline import AlertLine, Key, KeyLine, MessageLine
from ibtui.terminal.panes.log import LogPane
from ibtui.terminal.panes.orders import OrdersPane
from ibtui.terminal.panes.pane import Moment, Pane
from ibtui.terminal.panes.positions import PositionsPane
from ibtui.terminal.panes.staleness import last_known, zone
from ibtui.terminal.panes.strategies import StrategiesPane
from ibtui.terminal.panes.strip import InstrumentStrip
from ibtui.terminal.panes.watchlist import WatchlistPane

_IN_FRONT = ("header", "clock", "alert", "message", "slot", "keys", "tabs")
_AFTER = 0.005
"""Seconds behind the clock's tick, so that a timer that is early does not draw the same second twice."""


class SelectionChanged(Message):
    """Another instrument, order or strategy is selected, or another pane has the focus."""


class MainScreen(Screen[None], inherit_bindings=False):
    """What the terminal shows of a model: it knows no engine, and tells the model nothing but what day it is."""

    AUTO_FOCUS = None
    DEFAULT_CSS = """
    MainScreen { overflow: hidden; }
    MainScreen > * { position: absolute; display: none; }
    """

    def __init__(self, model: Model, clock: Clock | None = None) -> None:
        super().__init__()
        self.model = model
        self._clock = clock or SystemClock()
        self.panes: tuple[Pane, ...] = (
            watchlist := WatchlistPane(),
            positions := PositionsPane(),
            orders := OrdersPane(),
            strategies := StrategiesPane(),
            log := LogPane(),
        )
        self._watchlist, self._positions, self._orders = watchlist, positions, orders
        self._strategies, self._log = strategies, log
        self._header = Header(model)
        self._tabs = TabBar(model, self.panes)
        self._strip = InstrumentStrip(model)
        self._message = MessageLine()
        self._alert = AlertLine()
        self._alerted = False
        self._keys = KeyLine()
        self._slot = Holder(id="slot")
        self._prompt = Holder(id="prompt")
        self._parts: tuple[Widget, ...] = (
            *(self._header, self._header.end, self._tabs, *self.panes, self._strip),
            *(self._slot, self._alert, self._message, self._prompt, self._keys),
        )
        self._number = 1
        self._upper = PANE_IDS[0]
        self._plan = ScreenPlan({})
        self._extra = 0
        self._places = Places()
        self._bars: dict[str, Sequence[Bar]] = {}
        self._symbol: str | None = None
        self._selection: tuple[int, str | None, str | None, str | None] | None = None
        self._lost: Lost | None = None
        self._last_known: datetime | None = None
        self._zone: tzinfo = UTC

    def compose(self) -> ComposeResult:
        yield from self._parts

    def on_mount(self) -> None:
        self._redraw()
        self._next_second()

    def on_resize(self, event: Resize) -> None:
        self._arrange()
        self._redraw()

    def render_line(self, y: int) -> Strip:
        # What no widget covers has the palette's background too, not the theme's idea of it.
        return Strip.blank(self.size.width, palette.style("normal"))

    # what the engine says

    def apply(self, changes: FrameChanges) -> None:
        """Draw what changed; while the terminal still writes the last frame, this one waits for the next second."""
        quotes = [self.model.quotes[symbol] for symbol in changes.quotes if symbol in self.model.quotes]
        self._watchlist.observe(quotes, self._clock.monotonic())
        self._log.due = self._log.due or bool(changes.log) or changes.snapshot
        if changes.session or changes.snapshot:
            self._zone = zone(self.model)
        if not behind(self.app):
            self._redraw()

    def lost(self, reason: str | None) -> None:
        """The engine is gone (why), or None: attached again. Everything stays on the screen as last known."""
        if reason is None:
            self._lost = None
        elif self._lost is None:
            self._lost = Lost(reason, self._clock.now())
        self._redraw()

    def set_bars(self, symbol: str, bars: Sequence[Bar]) -> None:
        """One-minute bars of an instrument, oldest first, for the strip's chart and the watchlist's Today."""
        self._bars[symbol] = tuple(bars)
        self._watchlist.set_today(symbol, bars)
        self._redraw()

    # where the user is

    @property
    def pane(self) -> str:
        """The name of the focused pane; while the slot or the prompt has the focus, the one it returns to."""
        return PANE_IDS[self._number - 1]

    @property
    def order_entry(self) -> bool:
        """False when the screen is too small to show a whole order (below 60x15); the halt still works.

        The size decides as soon as it is known: an Enter may come before the parts have their new places.
        """
        return self._plan.order_entry and self.size.width >= SMALLEST[0] and self.size.height >= SMALLEST[1]

    def in_front(self) -> Sequence[Region]:
        """What a terminal is told first: the header, the lines at the bottom, the tabs, and what has the cursor."""
        return [self._plan.places[name] for name in _IN_FRONT if name in self._plan.places]

    def in_place(self) -> Sequence[Region]:
        """Where a place in front of the panes is seen: the slot, and the line of its prompt."""
        return [self._plan.places[name] for name in ("slot", "message") if name in self._plan.places]

    @property
    def focus_row(self) -> int:
        """The first row of the pane that has the focus."""
        place = self._plan.places.get(self.pane)
        return place.y if place else 0

    @property
    def selected_symbol(self) -> str | None:
        """The one selected instrument of the whole screen."""
        return self._symbol

    @property
    def selected_order(self) -> Order | None:
        """The order under the cursor of the orders pane."""
        return self.model.orders.get(self._orders.cursor_key or "")

    @property
    def selected_strategy(self) -> str | None:
        """The strategy under the cursor of the strategies pane."""
        return self._strategies.cursor_key

    def focus_pane(self, number: int) -> None:
        """Give the focus to a pane by its number, from 1; nothing happens for a number that none has."""
        if not 1 <= number <= len(PANE_IDS):
            return
        self._leave_row()
        self._number = number
        self._upper = upper_of(self.pane, self._upper)
        self._arrange()
        self._redraw()

    def next_pane(self, step: int = 1) -> None:
        """Give the focus to the next pane, or with -1 to the one before."""
        self.focus_pane((self._number - 1 + step) % len(PANE_IDS) + 1)

    def select_symbol(self, symbol: str) -> bool:
        """Move the watchlist's cursor to an instrument; False when it is not there."""
        found = self._watchlist.select(symbol)
        self._select()
        return found

    def move(self, rows: Move) -> None:
        """Move the focused pane's cursor: by rows, or `first`, `last`, `page_up`, `page_down`."""
        before = self._focused.cursor_key
        if self._focused.move(rows):
            self._leave_row(before)
            self._select()
        self._show_tabs()

    def filter_log(self) -> bool:
        """Show lines of strategies in the log or leave them out; whether they are shown now."""
        self._log.chatter, self._log.due = not self._log.chatter, True
        self._log.show(self.model, self._moment())
        self._show_tabs()
        return self._log.chatter

    def on_live_grid_picked(self, event: LiveGrid.Picked) -> None:
        event.stop()
        self.focus_pane(self.panes.index(event.grid) + 1)

    @property
    def _focused(self) -> Pane:
        return self.panes[self._number - 1]

    def _leave_row(self, key: str | None = None) -> None:
        """Tell the focused pane that its cursor leaves a row; by default the one it is on."""
        if self._focused.leave(key or self._focused.cursor_key, self.model):
            self._focused.show(self.model, self._moment())

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._clock.monotonic(), self._zone)

    def _select(self) -> None:
        """Take the instrument from the focused pane's cursor (a row without one keeps the last), and tell of it."""
        self._symbol = self._focused.symbol(self.model) or self._symbol or next(iter(self.model.watchlist), None)
        selection = (self._number, self._symbol, self._orders.cursor_key, self._strategies.cursor_key)
        if selection != self._selection:
            self._selection = selection
            self._show_strip()
            self.post_message(SelectionChanged())

    # what others put on it

    def open_slot(self, widget: Widget) -> None:
        """Mount a widget into the ticket's slot (74x16 in two columns, else full width x 10) and focus it."""
        self._fill(self._slot, widget)

    def close_slot(self) -> None:
        """Remove what is in the slot; the focus returns to the pane."""
        self._fill(self._slot, None)

    def open_prompt(self, widget: Widget) -> None:
        """Mount a one-line widget over the message line and focus it."""
        self._fill(self._prompt, widget)

    def close_prompt(self) -> None:
        """Remove the prompt; the focus returns to where it was."""
        self._fill(self._prompt, None)

    def _fill(self, holder: Holder, widget: Widget | None) -> None:
        holder.fill(widget)
        self._arrange()
        self._redraw()

    def say(self, text: str, role: Role = "normal") -> None:
        """Show a message, whole, in as many lines as it takes; what follows two blanks in it is shown dim."""
        self._message.say(text, role)
        if self._extra_lines() != self._extra:
            self._arrange()
            self._redraw()

    def alert(self, text: str, role: Role = "warning", waiting: int = 0, ways: Sequence[Key] = ()) -> None:
        """Show what the world says, how many more things wait and the keys for it; an empty text when it is quiet."""
        if self._alerted != bool(text):
            self._alerted = bool(text)
            self._arrange()
        self._alert.show(text, role, waiting, ways)

    def go_to(self, pane: str, key: str) -> None:
        """Give the focus to a pane, and its cursor to the row with that key, if it has one."""
        self.focus_pane(pane_number(pane))
        self._focused.select(key)
        self._redraw()

    def keys(self, pairs: Sequence[Key], right: str = "") -> None:
        """Show keys with their titles; the last pair stays when the line is too narrow."""
        self._keys.show(pairs, right)

    # drawing

    def _next_second(self) -> None:
        """Draw again when the clock's second changes; Textual's timer may be lost where the program stood still."""
        later = 1.0 - self._clock.now().microsecond / 1e6 + _AFTER
        asyncio.get_running_loop().call_later(later, self._second)

    def _second(self) -> None:
        if not self.is_running:
            return
        self._next_second()
        if not behind(self.app):
            self._redraw()

    def _redraw(self) -> None:
        """Bring every part up to the model; what reads as before is not written."""
        moment = self._moment()
        self.model.names.today = moment.now.astimezone(self._zone).date()
        self._age()
        self._header.show(self._lost, moment.now, self._zone, moment.monotonic)
        for pane in self.panes:
            pane.show(self.model, moment)
        self._show_tabs()
        self._show_strip()
        self._select()

    def _show_strip(self) -> None:
        self._strip.show(self._symbol, self._bars.get(self._symbol or "", ()), self._zone)

    def _extra_lines(self) -> int:
        """Lines that the message takes beyond its one; none where the panes would become too small for them."""
        spare = max(self.size.height - SMALLEST[1], 0)
        if self._prompt.filled or not spare or "message" not in (places := self._planned(self.size.height).places):
            return 0
        return min(self._message.rows(places["message"].width) - 1, spare)

    def _planned(self, height: int) -> ScreenPlan:
        return plan(self.size.width, height, self.pane, self._upper, self._slot.filled, self._alerted)

    def _grow_message(self, places: dict[str, Region]) -> None:
        """Give the message its further lines; the keys stay below it."""
        for name, grown, moved in (("message", self._extra, 0), ("keys", 0, self._extra)):
            if self._extra and name in places:
                x, y, width, height = places[name]
                places[name] = Region(x, y + moved, width, height + grown)

    def _show_tabs(self) -> None:
        """The bar stands for the title of the pane that has none of its own."""
        pane = next((pane for pane in self.panes if pane.id == self._plan.untitled), self._focused)
        self._tabs.show(self._number, pane.title_end)

    def _age(self) -> None:
        """Decide whether what is shown is true now, or as last known."""
        self._last_known = last_known(self.model, self._lost, self._last_known)
        for pane in self.panes:
            pane.set_stale(self._since_when)
        self._strip.stale = self._last_known is not None

    @property
    def _since_when(self) -> str:
        return fmt.clock(self._last_known, self._zone) if self._last_known else ""

    # places

    def _arrange(self) -> None:
        """Put every part where the plan for this size wants it; cursors and contents stay."""
        if not self.size:
            return
        self._extra = self._extra_lines()
        self._plan = self._planned(self.size.height - self._extra)
        places = dict(self._plan.places)
        self._grow_message(places)
        if self._prompt.filled and "message" in places:
            places["prompt"] = places.pop("message")
        self._places.put(self._parts, places)
        self.call_after_refresh(self._show_tabs)  # they say what is in view, which depends on the new heights
        self._strip.brief = self._plan.brief
        away = self._slot.filled or self._prompt.filled
        for pane in self.panes:
            pane.titled = pane.id != self._plan.untitled
            pane.mark("hidden" if pane is not self._focused else "held" if away else "active")
