"""The states a person may find the terminal in: what each does to the world, and what makes it well again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.gateway import refusals
from tests.exits.stage import ACCOUNT, CON_IDS, MARKETS, Stage
from tests.exits.world import World

Change = Callable[[World], Awaitable[None]]

PLACE, CANCEL, GLOBAL_CANCEL, OPEN_ORDERS_END = 3, 4, 58, 53
NEW_YORK = ZoneInfo("America/New_York")
MANY = 60
"""Entries that together with the rest are more than IB takes in a second."""


async def _nothing(world: World) -> None: ...


def _as_it_is(stage: Stage) -> None: ...


class Condition(Struct, frozen=True, kw_only=True):
    """One state: how the world gets there, and what makes it well again."""

    before: Callable[[Stage], None] = _as_it_is
    """What is so at the gateway before the engine connects."""
    begins: Change = _nothing
    ends: Change = _nothing
    harmless: bool = False
    """Its end changes nothing where nothing waits for it."""
    header: tuple[str, ...] = ("READY",)
    """What the header says of ability, in this order, as regular expressions."""
    meanwhile: tuple[str, ...] = ()
    """What it says after a while, where that is something else."""
    halted: tuple[str, ...] = ("HALTED",)
    """What it says once a halt is set in this state."""
    stage: dict[str, Any] = {}
    """How the gateway and the profile differ."""
    subject: str = "AAPL"
    entry: str = "tsla entry"
    doubtful: tuple[str, ...] = ()
    """Nicknames of orders that nobody can settle but a person."""


# the link


async def _restart(world: World, change: Callable[[Stage], None], *, ready: bool = True) -> None:
    """The engine ends, something changes, and it comes back."""
    await world.stage.stop()
    change(world.stage)
    await world.stage.start(ready=ready)


async def _connects_in_vain(world: World) -> None:
    """TWS takes the connection and says nothing: a question stands in its window."""
    await _restart(world, lambda stage: stage.gateway.faults.freeze(), ready=False)
    await world.stage.driver.until(lambda status: status.connection.state == "connecting")


async def _answers_again(world: World) -> None:
    world.stage.gateway.faults.reset()
    await _until_active(world)


async def _until_active(world: World) -> None:
    await world.stage.driver.until(lambda status: status.connection.state == "active", within=120)


async def _reconciles_without_end(world: World) -> None:
    """IB was lost for a moment, and a list that TWS is asked for has no end."""
    world.stage.gateway.faults.suppress(OPEN_ORDERS_END)
    world.stage.gateway.faults.error(1102, "Connectivity between IB and TWS has been restored - data maintained.")
    await world.stage.driver.until(lambda status: status.connection.state == "reconciling")


async def _halts(world: World) -> None:
    await world.stage.driver.do("halt")
    await world.stage.passes(3)


async def _link_breaks(world: World) -> None:
    await world.stage.gateway.faults.refuse()
    world.stage.gateway.faults.drop()
    await world.stage.driver.until(lambda status: status.connection.state == "disconnected")


async def _link_comes_back(world: World) -> None:
    await world.stage.gateway.faults.accept()
    await _until_active(world)


async def _halts_and_breaks(world: World) -> None:
    await _halts(world)
    await _link_breaks(world)


async def _loses_ib(world: World, code: int) -> None:
    world.stage.gateway.faults.outage(code)
    world.stage.tell()
    await world.stage.passes(1)


async def _finds_ib(world: World, code: int) -> None:
    world.stage.gateway.faults.recover(code)
    world.stage.tell()
    await _until_active(world)


async def _freezes(world: World) -> None:
    """Nothing comes any more, and nobody knows yet."""
    world.stage.gateway.faults.freeze()
    await world.stage.passes(2.5)


# hours


def _at(*moment: int) -> datetime:
    """A time in New York."""
    return datetime(*moment, tzinfo=NEW_YORK).astimezone(UTC)  # type: ignore[arg-type, misc]


async def _is_later(world: World, to: datetime) -> None:
    """The clock goes there, and markets do what they do by then."""
    stage = world.stage
    for symbol in stage.profile.watchlist:
        stage.exchange.release(stage.con_id(symbol))
    await stage.leap(to - stage.clock.now())
    await stage.passes(3)


def _outside(start: datetime, later: datetime, opens: datetime) -> Condition:
    """Trading ends between `start` and `later`, and `opens` again."""
    return Condition(
        stage={"start": start, "always_open": False},
        begins=partial(_is_later, to=later),
        ends=partial(_is_later, to=opens + timedelta(minutes=1)),
        harmless=True,
    )


async def _closes_without_entry(world: World) -> None:
    """As in the evening; the entry that would fill at the next open is gone."""
    await world.stage.driver.do(f"cancel {world.refs['aapl entry']}")
    await _is_later(world, _at(2026, 11, 23, 17, 30))


async def _opens_beyond_the_stops(world: World) -> None:
    """Everything that is long opens below its stop: close and stop meet the same market in the same moment."""
    await _is_later(world, _at(2026, 11, 24, 9, 29, 30))
    for symbol, bid in (("AAPL", 140.0), ("MSFT", 300.0)):
        world.stage.exchange.set_book(CON_IDS[symbol], bid=bid, ask=bid + 0.02, bid_size=10_000, ask_size=10_000)
        world.stage.exchange.set_price(CON_IDS[symbol], bid)
    world.stage.tell()
    await world.stage.leap(timedelta(minutes=2))


async def _future_pauses(world: World) -> None:
    """A future is bought, and then comes the break in which it is settled; shares have closed as well."""
    await world.add("buy 1 ESZ6 market sl 4000", "", "es stop")
    await _is_later(world, _at(2026, 11, 23, 17, 20))


# data


async def _market_halts(world: World) -> None:
    world.stage.exchange.halt(CON_IDS["AAPL"])
    world.stage.tell()
    await world.stage.passes(1)


async def _market_goes_on(world: World) -> None:
    world.stage.exchange.halt(CON_IDS["AAPL"], False)
    world.stage.tell()


async def _market_thins(world: World) -> None:
    """There is less to trade with than is held."""
    world.stage.exchange.set_book(CON_IDS["AAPL"], bid=187.40, ask=187.42, bid_size=1, ask_size=1)
    world.stage.tell()
    await world.stage.passes(1)


async def _market_thickens(world: World) -> None:
    world.stage.hold(["AAPL"])


def _delay(stage: Stage) -> None:
    listings = stage.exchange.listings
    listing = listings.by_con_id(CON_IDS["AAPL"])
    assert listing is not None
    listings.replace(replace(listing, delayed_only=True))


# orders


async def _one_is_lost(world: World, line: str) -> None:
    """An order that never reaches TWS and is not answered: UNKNOWN."""
    undo = world.stage.gateway.faults.swallow(PLACE)
    await world.add(line, "lost")
    undo()


async def _one_works_unheard(world: World, line: str) -> None:
    """An order that works at IB and of which nothing is heard: UNKNOWN, until IB is asked again."""
    undo = world.stage.gateway.faults.mute(world.stage.next_order_id)
    await world.add(line, "lost")
    await world.stage.passes(1)
    undo()


async def _one_is_lost_and_forgotten(world: World) -> None:
    """A lost order whose symbol nobody watches, and a new engine that has never heard of the symbol."""
    await _one_is_lost(world, "buy 5 GOOG @ 150")
    await _restart(world, _as_it_is)


async def _one_vanishes(world: World, name: str) -> None:
    """TWS does not know an order any more that it had acknowledged."""
    number = next(o.perm_id for o in world.stage.open_orders() if world.stage.ref_of(o) == world.refs[name])
    world.stage.exchange.forget(number)
    await world.stage.reconcile()


# positions


def _transfer(stage: Stage, symbol: str, quantity: str) -> None:
    stage.exchange.transfer(ACCOUNT, stage.con_id(symbol), Decimal(quantity))


# permissions and limits


def _read_only_profile(stage: Stage) -> None:
    stage.profile = replace(stage.profile, read_only=True)


async def _box_is_ticked(world: World) -> None:
    """TWS's Read-Only API box: every order, cancel and what-if is answered by 321."""
    refused = refusals.read_only()
    world.stage.gateway.faults.deny(refused.code, refused.text, PLACE, CANCEL, GLOBAL_CANCEL)


async def _limit_is_reached(world: World) -> None:
    """More to cancel than IB takes in a second, in a second in which it takes no cancel at all."""
    for number in range(MANY):
        await world.add(f"buy 1 TSLA @ {200 + number} gtc", f"entry {number}")
        await world.stage.passes(0.05)
    await world.stage.passes(3)
    text = "Max rate of messages per second has been exceeded:max=50 rec=51 (1)"
    allow = world.stage.gateway.faults.deny(100, text, CANCEL)
    asyncio.get_running_loop().call_later(0.7, allow)


_BUSY = {"pacing": True, "limits": Limits(quote_age=60, open_orders=200, duplicate_seconds=0.001)}

_GONE = "NO LINK|CONNECTING"
"""By turns, while TWS takes connections and says nothing."""

STATES: dict[str, Condition] = {
    "READY": Condition(),
    "CONNECTING": Condition(begins=_connects_in_vain, ends=_answers_again, header=("CONNECTING",)),
    "RECONCILING": Condition(begins=_reconciles_without_end, ends=_answers_again, header=("RECONCILING",)),
    "HALTED": Condition(begins=_halts, header=("HALTED",), entry="msft stop"),
    "NO LINK": Condition(begins=_link_breaks, ends=_link_comes_back, header=("NO LINK",), halted=("NO LINK", "HALTED")),
    "HALTED, NO LINK": Condition(
        begins=_halts_and_breaks,
        ends=_link_comes_back,
        header=("NO LINK", "HALTED"),
        halted=("NO LINK", "HALTED"),
        entry="msft stop",
    ),
    "1100": Condition(
        begins=partial(_loses_ib, code=1100),
        ends=partial(_finds_ib, code=1101),
        header=("NO LINK",),
        halted=("NO LINK", "HALTED"),
    ),
    "2110": Condition(
        begins=partial(_loses_ib, code=2110),
        ends=partial(_finds_ib, code=1102),
        header=("NO LINK",),
        halted=("NO LINK", "HALTED"),
    ),
    "frozen": Condition(begins=_freezes, ends=_answers_again, meanwhile=(_GONE,), halted=(_GONE, "HALTED")),
    "evening": _outside(_at(2026, 11, 23, 15, 50), _at(2026, 11, 23, 17, 30), _at(2026, 11, 24, 9, 30)),
    "gap at the open": Condition(
        stage={"start": _at(2026, 11, 23, 15, 50), "always_open": False},
        begins=_closes_without_entry,
        ends=_opens_beyond_the_stops,
        harmless=True,
    ),
    "weekend": _outside(_at(2026, 11, 20, 15, 50), _at(2026, 11, 21, 12, 0), _at(2026, 11, 23, 9, 30)),
    "half day": _outside(_at(2026, 11, 27, 12, 50), _at(2026, 11, 27, 13, 30), _at(2026, 11, 30, 9, 30)),
    "daily break": Condition(
        stage={"start": _at(2026, 11, 23, 15, 50), "always_open": False, "watchlist": (*MARKETS, "ESZ6")},
        begins=_future_pauses,
        ends=partial(_is_later, to=_at(2026, 11, 23, 18, 1)),
        subject="ESZ6",
        harmless=True,
    ),
    "halted market": Condition(begins=_market_halts, ends=_market_goes_on),
    "thin market": Condition(begins=_market_thins, ends=_market_thickens),
    "delayed": Condition(begins=partial(_restart, change=_delay)),
    "UNKNOWN elsewhere": Condition(begins=partial(_one_is_lost, line="buy 5 TSLA @ 340"), doubtful=("lost",)),
    "UNKNOWN here": Condition(begins=partial(_one_is_lost, line="sell 30 AAPL @ 195"), doubtful=("lost",)),
    "UNKNOWN, at IB": Condition(begins=partial(_one_works_unheard, line="sell 30 AAPL @ 195")),
    "vanished": Condition(begins=partial(_one_vanishes, name="tsla entry"), doubtful=("tsla entry",)),
    "vanished stop": Condition(begins=partial(_one_vanishes, name="aapl stop"), doubtful=("aapl stop",)),
    "UNKNOWN of no symbol": Condition(begins=_one_is_lost_and_forgotten, doubtful=("lost",)),
    "fraction": Condition(before=partial(_transfer, symbol="GOOG", quantity="1.5"), subject="GOOG"),
    "currency": Condition(before=partial(_transfer, symbol="EUR.USD", quantity="1234.56"), subject="EUR.USD"),
    "read-only profile": Condition(begins=partial(_restart, change=_read_only_profile), header=("READ-ONLY",)),
    "Read-Only box": Condition(begins=_box_is_ticked, ends=_answers_again),
    "message limit": Condition(begins=_limit_is_reached, stage=_BUSY),
}
