"""Random keys into every place of the terminal: it never fails, and no order is sent that was not seen before."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections import deque
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events
from textual.geometry import Size

from ibtui.commands.command import PREVIEWED, Start
from ibtui.commands.registry import ACTIONS
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.link.messages import Answer, Ask, Do, Frame, Plan, Preview, Send, Shutdown
from ibtui.terminal.keys import character_name
from tests.terminal.piloted import Hands, at_terminal
from tests.terminal.scripted import ScriptedEngine, order, plan_of, quote, scripted_engine, snapshot

LONG = bool(os.environ.get("IBTUI_LONG"))
pytestmark = pytest.mark.timeout(7200 if LONG else 120)
KEYS_EACH = 15_000 if LONG else 150
"""Keys into one place; `.ci/run long` presses a hundred times as many."""

PAINTED_WITHIN = 0.3
"""Seconds after which a preview that is due is taken for one that this terminal is too small to paint."""

INTO: dict[str, tuple[str, ...]] = {
    "the panes": (),
    "the quantity": ("b",),
    "the price": ("s", "tab"),
    "the target": ("b", "tab", "tab"),
    "the stop": ("b", "tab", "tab", "tab"),
    "a close": ("1", "g", "x"),
    "the : line": ("colon",),
    "the search": ("slash",),
    "a start line": ("4", "space"),
    "the halted screen": ("f9",),
}
LINES = (
    "buy 100 AAPL @ 187.25", "sell 1 MSFT market", "buy 1e9 AAPL @ 0", "close AAPL 50 @ 0.0", "flatten all outside",
    "cancel all", "buy 99999999999999999999 AAPL @ 1", "watch AAPL", "start sma_cross fast=0", "alert AAPL above 1,5",
)  # fmt: skip
PASTES = ("100", "1,5", "1e9", "0", "b100\r\r", "\x1b[20~", "9" * 3000, "٣", "")
LETTERS = [chr(code) for code in range(0x20, 0x7F) if chr(code) != "q"] + list("é٣漢−")
NAMED = [key for action in ACTIONS for key in action.keys if action.id != "quit" and len(key) > 1]
OFTEN = ("enter", "enter", "enter", "backspace", "tab", "escape", *"0019.", "e", "m", "o", "slash", "asterisk")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The seed is the one that pytest-randomly prints."""
    if "place" in metafunc.fixturenames:
        seed = metafunc.config.getoption("randomly_seed", 0)
        metafunc.parametrize(("place", "seed"), [(place, f"{seed}-{place}") for place in INTO], ids=list(INTO))


class Fuzz:
    """Presses keys in a time of its own, and knows which plans were on the screen before an Enter."""

    def __init__(self, hands: Hands, engine: ScriptedEngine, seed: str) -> None:
        self.choice = random.Random(seed)
        self.pressed: deque[str] = deque(maxlen=60)
        self.seen: set[str] = set()
        self._hands, self._engine = hands, engine
        self._now = 1e6
        hands.app.control.now = lambda: self._now
        engine.answer = self._answer

    async def press(self, key: str, text: str = "") -> None:
        self._look()
        self._pass(self.choice.choice((0.001, 0.05, 0.4, 0.4, 0.7)))
        event = events.Key(key, text or None)
        event.time = self._now
        self.pressed.append(key)
        self._hands.app.post_message(event)
        await self._settle()

    async def _settle(self) -> None:
        """Let the key, and what it asked of the engine, be taken; the pilot's own pause takes ten times as long."""
        for turn in range(1000):
            await asyncio.sleep(0)
            if turn >= 20 and not self._hands.app.message_queue_size:
                break
        await self._paint()

    async def _paint(self) -> None:
        """Give a preview that is due the moment it takes to be painted, which goes by the machine's own time."""
        control = self._hands.app.control
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAINTED_WITHIN):
                while control.guard.due and self._hands.app.main.order_entry:
                    await self._hands.pilot.pause(0.005)

    async def any(self) -> None:
        what = self.choice.random()
        if what < 0.55:
            key = self.choice.choice(OFTEN)
            await self.press(key, key if len(key) == 1 else "")
        elif what < 0.75:
            letter = self.choice.choice(LETTERS)
            await self.press("space" if letter == " " else character_name(letter), letter)
        elif what < 0.9:
            await self.press(self.choice.choice(NAMED))
        elif what < 0.93:
            for letter in ("escape", "colon", *self.choice.choice(LINES), "enter"):
                await self.press(
                    letter if len(letter) > 1 else character_name(letter), letter if len(letter) == 1 else ""
                )
        else:
            await self._befall()

    async def _befall(self) -> None:
        """Something that is no key: a paste, an answer nobody asked for, another market, another size."""
        what = self.choice.randrange(4)
        if what == 0:
            self._hands.app.post_message(events.Paste(self.choice.choice(PASTES)))
        elif what == 1:
            self._hands.app.post_message(events.CursorPosition(self.choice.randrange(80), self.choice.randrange(24)))
        elif what == 2:
            self._engine.push(Frame(quotes=(self._market(),)))
        else:
            size = Size(*self.choice.choice(((160, 45), (80, 24), (60, 15), (59, 14), (100, 40))))
            self._hands.app.post_message(events.Resize(size, size))
        await self._settle()

    def _market(self) -> Quote:
        bid = self.choice.choice((0.0, 0.01, 187.41, 1e9))
        unknown = Quote(symbol="AAPL")
        return self.choice.choice((unknown, quote("AAPL", bid, bid + 0.01), replace(quote("AAPL", bid, bid), ask=None)))

    def _pass(self, seconds: float) -> None:
        """The terminal's time goes on, in steps as its own beat has them."""
        while seconds > 0:
            step = min(seconds, 0.2)
            self._now += step
            seconds -= step
            self._hands.app.control.guard.beat(self._now)

    def _look(self) -> None:
        """Take down which plan is on the screen, and which question about what is not certain."""
        text = self._hands.text
        for word in text.split():
            if word.startswith("token") and "Enter" in text:
                self.seen.add(word + (" anyway" if "Enter sends anyway" in text else ""))

    def _answer(self, ask: Ask) -> Answer | None:
        assert not isinstance(ask, Shutdown)
        if isinstance(ask, Do):
            assert not isinstance(ask.command, PREVIEWED), f"{ask.command} went out without a preview"
        if isinstance(ask, Send):
            doubtful = int(ask.token.removeprefix("token")) % 3 == 0
            assert ask.token + (" anyway" if doubtful else "") in self.seen, f"{ask.token} was never seen"
        return self._plan(ask) if isinstance(ask, Preview) else None

    def _plan(self, ask: Preview) -> Plan:
        if isinstance(ask.command, Start) or self.choice.random() < 0.2:
            raise IbtuiError("price_collar", "That is too far from the market.")
        number = len(self._engine.previews())
        plan = plan_of(ask.command, f"token{number}")
        doubt = ("if the UNKNOWN BUY 1 fills too: long of 2", "if it does not: long of 1") if number % 3 == 0 else ()
        offer = "add outside: now at 187.22" if number % 2 and not getattr(ask.command, "outside", True) else ""
        return replace(plan, sentence=f"token{number} {plan.sentence}"[:200], outcomes=doubt, offer=offer)


async def test_random_keys_never_end_it_and_send_only_what_was_seen(tmp_path: Path, place: str, seed: str) -> None:
    async with scripted_engine(tmp_path / "socket") as engine:
        engine.first = lambda: snapshot(orders=(order("aaaabbbbcccc"),))
        async with at_terminal(tmp_path / "socket") as hands:
            fuzz = Fuzz(hands, engine, seed)
            print(f"seed {seed!r}")  # noqa: T201 - shown when it fails
            for count in range(KEYS_EACH):
                if count % 25 == 0:
                    for key in ("escape", "escape", "1", "g", *INTO[place]):
                        await fuzz.press(key, key if len(key) == 1 else "")
                await fuzz.any()
                assert hands.app.is_running, list(fuzz.pressed)
                assert not engine.failures, (engine.failures, list(fuzz.pressed))
            assert hands.app._exception is None


async def test_the_fuzz_sends_orders_at_all(tmp_path: Path) -> None:
    """Otherwise it would show nothing about what it sends."""
    async with scripted_engine(tmp_path / "socket") as engine, at_terminal(tmp_path / "socket") as hands:
        fuzz = Fuzz(hands, engine, "fixed")
        for _ in range(100):
            for key in ("escape", "escape", "1", "g", "b", "5", "enter", "enter", "enter"):
                await fuzz.press(key, key if len(key) == 1 else "")
            if engine.sent:
                break
        assert engine.sent
        assert not engine.failures


async def test_an_enter_behind_a_resize_to_nothing_to_see_sends_nothing(tmp_path: Path) -> None:
    """The Enter may come before the screen has been arranged for the new size: the size decides, not the drawing."""
    async with scripted_engine(tmp_path / "socket") as engine, at_terminal(tmp_path / "socket") as hands:
        fuzz = Fuzz(hands, engine, "shrinks")
        for _ in range(20):
            for key in ("escape", "escape", "1", "g", "x", "enter"):
                await fuzz.press(key, key if len(key) == 1 else "")
            if "Enter sends" in hands.text:
                break
        assert "Enter sends" in hands.text
        small = Size(59, 14)
        hands.app.post_message(events.Resize(small, small))
        for _ in range(3):
            await fuzz.press("enter")
        assert not engine.sent
        assert not engine.failures
