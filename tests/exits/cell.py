"""One cell: a state, an action in it, and everything that has to be true of it by the gateway's own word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from ibtui.exchange.told.reports import OrderReport
from ibtui.link.status import Status
from ibtui.terminal.panes.header import ability
from tests.exits.actions import ACTIONS, Told
from tests.exits.expected import Expected
from tests.exits.stage import CLIENT, Message, Stage, stage
from tests.exits.states import STATES, Condition
from tests.exits.world import Truth, World, truth

SETTLED = 12.0
"""Seconds in which everything that was asked for has come to its end."""
HEALED = 35.0
"""Seconds after the end of a state in which what was asked again and again in it has come to its end."""
HALTING = ("halt", "F9 f")
UNPROTECTS = ("cancel REF", "cancel SYMBOL", "cancel all")
"""Whoever cancels a stop by its name wants it gone."""


class Cell:
    """A cell while it runs: what was seen before, at every moment and after."""

    def __init__(self, world: World, action: str) -> None:
        self.world = world
        self.stage = world.stage
        self.action = action
        self.before = truth(self.stage)
        self.first = len(self.stage.wire.received)
        self.wrongs: list[str] = []
        """What was never to be, at some moment."""
        self.barest: dict[str, Decimal] = {}
        self._opened = self._opening(self.before)
        self.told = Told(text="")
        self._heard = ""
        self.stage.wire.watch = self._look
        world.hear = self._hear

    def _look(self) -> None:
        """At every message and every beat: the worst that a position was, and no order beside another."""
        now = truth(self.stage)
        for where, quantity in self._opening(now).items():
            if quantity > self._opened.get(where, 0):
                self.wrongs.append(f"{quantity} work at once in {where}")
        for symbol, before in self.before.positions.items():
            held = now.positions.get(symbol, Decimal(0))
            if held * before < 0 or abs(held) > abs(before):
                self.wrongs.append(f"{symbol} went from {before} to {held}")
            self.barest[symbol] = max(self.barest.get(symbol, Decimal(0)), now.bare.get(symbol, Decimal(0)))

    def _opening(self, seen: Truth) -> dict[tuple[str, str], Decimal]:
        """What of ours could open or add to a position, by symbol and side."""
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for order in seen.orders:
            symbol, side = self.stage.symbol(order.ticket.con_id), order.ticket.side
            held = self.before.positions.get(symbol, Decimal(0))
            if self.stage.client_of(order) == CLIENT and held * side.sign >= 0:
                found[symbol, side] += order.remaining
        return found

    async def act(self) -> None:
        self.told = await ACTIONS[self.action](self.world)
        self.messages_by_answer = self.messages()
        self.check_counts(self.told.text.removeprefix(self._heard))

    def messages(self) -> list[Message]:
        """What our client wrote since the cell began."""
        return [message for message in self.stage.wire.received[self.first :] if message.client == CLIENT]

    # what must be so in every cell

    def check_always(self) -> None:
        after, told = truth(self.stage), self.told
        assert not self.wrongs, f"{self.wrongs[:3]}; {self.report()}"
        assert after.others == self.before.others, "an order of somebody else was touched"
        names = [message.name for message in self.stage.wire.received]
        assert "reqGlobalCancel" not in names
        if self.action not in UNPROTECTS:
            for symbol, barest in self.barest.items():
                assert barest <= self.before.bare.get(symbol, Decimal(0)), f"{symbol} stood {barest} bare for a while"
        orders = [message for message in self.messages_by_answer if message.name == "placeOrder"]
        assert "There is no order" not in told.text, told.text
        if told.code or "nothing was sent" in told.text:
            assert not orders, f"sent {orders} and said {told.text!r}"

    def check_counts(self, text: str, *, at_once: bool = False) -> None:
        """Every count in a sentence is the gateway's at that moment; `at_once`, one that may grow."""
        now = truth(self.stage)
        ended = len(self.before.ours - now.ours)
        asked = {m.fields["orderId"] for m in self.messages() if m.name == "cancelOrder"}
        counts = [(_CONFIRMED, ended), (_CANCELLED, ended), (_STAYS, self._stops(now))]
        if not self.stage.frozen:
            counts.append((_SENT, len(asked)))
        for pattern, right in counts:
            for count in map(int, pattern.findall(text)):
                grows = at_once and pattern is _CONFIRMED and count < right
                assert count == right or grows, f"{text!r}, and it is {right}: {self.report()}"

    def _hear(self, text: str) -> None:
        self._heard = text
        self.check_counts(text, at_once=True)

    def _stops(self, seen: Truth) -> int:
        own = [order for order in seen.orders if self.stage.client_of(order) == CLIENT]
        return sum(map(_stop, own))

    # what the table says

    def check(self, expected: Expected) -> None:
        """What is so now, against the table."""
        now = truth(self.stage)
        gone = {name for name, ref in self.world.refs.items() if ref in self.before.ours and ref not in now.ours}
        closed = set(self.before.positions) - set(now.positions)
        left = {symbol: str(held) for symbol, held in now.positions.items() if held != self.before.positions[symbol]}
        waits = {
            self.stage.symbol(order.ticket.con_id)
            for order in now.orders
            if self.stage.ref_of(order) in now.ours - self.before.ours and not _stop(order)
        }
        assert closed == set(expected.closed), f"closed {sorted(closed)}; {self.report()}"
        assert left == dict(expected.left), self.report()
        assert gone == expected.gone, f"gone {sorted(gone)}; {self.report()}"
        assert waits == expected.waits, f"waits {sorted(waits)}; {self.report()}"

    def check_told(self, expected: Expected) -> None:
        told = self.told
        assert told.code == expected.code, self.report()
        assert told.exit in (None, expected.exit), self.report()
        for piece in expected.says:
            assert piece in told.text, self.report()

    def check_header(self, header: tuple[str, ...]) -> None:
        said = header_words(self.stage)
        assert re.search(".*".join(f"(?:{word})" for word in header), said), f"the header says {said!r}, not {header}"

    def report(self) -> str:
        """What happened, for whoever reads a failure."""
        told, now = self.told, truth(self.stage)
        wrote = ", ".join(f"{m.name} {m.fields.get('orderId', '')}" for m in self.messages() if "Order" in m.name)
        log = "\n  ".join(entry.text for entry in self.stage.driver.log[-12:])
        ours = ", ".join(sorted(self.world.name_of(ref) for ref in now.ours))
        return (
            f"{self.action}: exit {told.exit}, code {told.code!r}, said {told.text!r}\n"
            f"holds {dict(now.positions)}, works {ours}\nwrote {wrote}\n  {log}"
        )


def _stop(order: OrderReport) -> bool:
    return order.ticket.type.startswith(("STP", "TRAIL"))


def header_words(stage: Stage) -> str:
    """What the header of a terminal says of ability."""
    session = stage.driver.session
    zone = stage.clock.now().tzinfo
    assert session is not None
    assert zone is not None
    runs = [run.text for part in ability(session, None, stage.clock.now(), zone) for run in part.runs]
    return " ".join("".join(runs).replace("●", " ").split())


_SENT = re.compile(r"(\d+) (?:cancels? )?sent")
_CONFIRMED = re.compile(r"(\d+) confirmed")
_CANCELLED = re.compile(r"(\d+) entr(?:y|ies) cancelled")
_STAYS = re.compile(r"(\d+) protective stops? stays?")


def settled(stage: Stage, status: Status, doubtful: set[str]) -> Iterable[str]:
    """What the engine shows that the gateway knows better; nothing is said of what only a person can settle."""
    now = truth(stage)
    shown = {order.ref for order in status.orders if order.live and order.owner != "other"} - doubtful
    if shown != now.ours:
        yield f"the engine shows {shown ^ now.ours} otherwise"
    if {position.symbol: position.quantity for position in status.positions} != now.positions:
        yield f"the engine holds {status.positions}, the gateway {now.positions}"
    if silent := [order for order in status.orders if order.status in ("pending", "unknown")]:
        yield from (f"no answer to {order}" for order in silent if order.ref not in doubtful)


async def play(folder: Path, state: str, action: str, expected: Expected) -> None:
    """Run one cell and check all of it."""
    condition: Condition = STATES[state]
    async with stage(folder, **condition.stage) as made:
        condition.before(made)
        await made.start()
        world = World(made)
        world.subject, world.entry = condition.subject, condition.entry
        await world.build()
        await condition.begins(world)
        cell = Cell(world, action)
        cell.check_header(condition.header)
        await cell.act()
        cell.check_told(expected)
        await made.passes(SETTLED)
        cell.check_always()
        cell.check(expected)
        cell.check_header(condition.halted if action in HALTING else condition.meanwhile or condition.header)
        if expected.later is not None or not condition.harmless:
            await condition.ends(world)
            await made.passes(HEALED)
        cell.check(expected.later or expected)
        cell.check_always()
        doubtful = {world.refs[name] for name in condition.doubtful}
        assert not list(settled(made, await made.driver.status(), doubtful)), cell.report()
