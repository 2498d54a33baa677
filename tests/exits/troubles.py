"""What befalls a gateway, a link, a market, an order or a person's permissions: each does one thing to the world."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ibtui.gateway import refusals
from tests.exits.stage import ACCOUNT, CON_IDS, Stage
from tests.exits.world import World

PLACE, CANCEL, GLOBAL_CANCEL, OPEN_ORDERS_END = 3, 4, 58, 53
NEW_YORK = ZoneInfo("America/New_York")
MANY = 60
"""Entries that together with the rest are more than IB takes in a second."""


def as_it_is(stage: Stage) -> None: ...


# the link


async def restart(world: World, change: Callable[[Stage], None], *, ready: bool = True) -> None:
    """The engine ends, something changes, and it comes back."""
    await world.stage.stop()
    change(world.stage)
    await world.stage.start(ready=ready)


async def connects_in_vain(world: World) -> None:
    """TWS takes the connection and says nothing: a question stands in its window."""
    await restart(world, lambda stage: stage.gateway.faults.freeze(), ready=False)
    await world.stage.driver.until(lambda status: status.connection.state == "connecting")


async def answers_again(world: World) -> None:
    world.stage.gateway.faults.reset()
    await until_active(world)


async def until_active(world: World) -> None:
    await world.stage.driver.until(lambda status: status.connection.state == "active", within=120)


async def reconciles_without_end(world: World) -> None:
    """IB was lost for a moment, and a list that TWS is asked for has no end."""
    world.stage.gateway.faults.suppress(OPEN_ORDERS_END)
    world.stage.gateway.faults.error(1102, "Connectivity between IB and TWS has been restored - data maintained.")
    await world.stage.driver.until(lambda status: status.connection.state == "reconciling")


async def halts(world: World) -> None:
    await world.stage.driver.do("halt")
    await world.stage.passes(3)


async def link_breaks(world: World) -> None:
    await world.stage.gateway.faults.refuse()
    world.stage.gateway.faults.drop()
    await world.stage.driver.until(lambda status: status.connection.state == "disconnected")


async def link_comes_back(world: World) -> None:
    await world.stage.gateway.faults.accept()
    await until_active(world)


async def halts_and_breaks(world: World) -> None:
    await halts(world)
    await link_breaks(world)


async def loses_ib(world: World, code: int) -> None:
    world.stage.gateway.faults.outage(code)
    world.stage.tell()
    await world.stage.passes(1)


async def finds_ib(world: World, code: int) -> None:
    world.stage.gateway.faults.recover(code)
    world.stage.tell()
    await until_active(world)


async def freezes(world: World) -> None:
    """Nothing comes any more, and nobody knows yet."""
    world.stage.gateway.faults.freeze()
    await world.stage.passes(2.5)


# hours


def at(*moment: int) -> datetime:
    """A time in New York."""
    return datetime(*moment, tzinfo=NEW_YORK).astimezone(UTC)  # type: ignore[arg-type, misc]


async def is_later(world: World, to: datetime) -> None:
    """The clock goes there, and markets do what they do by then."""
    stage = world.stage
    for symbol in stage.profile.watchlist:
        stage.exchange.release(stage.con_id(symbol))
    await stage.leap(to - stage.clock.now())
    await stage.passes(3)


async def closes_without_entry(world: World) -> None:
    """As in the evening; the entry that would fill at the next open is gone."""
    await world.stage.driver.do(f"cancel {world.refs['aapl entry']}")
    await is_later(world, at(2026, 11, 23, 17, 30))


async def opens_beyond_the_stops(world: World) -> None:
    """Everything that is long opens below its stop: close and stop meet the same market in the same moment."""
    await is_later(world, at(2026, 11, 24, 9, 29, 30))
    for symbol, bid in (("AAPL", 140.0), ("MSFT", 300.0)):
        world.stage.exchange.set_book(CON_IDS[symbol], bid=bid, ask=bid + 0.02, bid_size=10_000, ask_size=10_000)
        world.stage.exchange.set_price(CON_IDS[symbol], bid)
    world.stage.tell()
    await world.stage.leap(timedelta(minutes=2))


async def future_pauses(world: World) -> None:
    """A future is bought, and then comes the break in which it is settled; shares have closed as well."""
    await world.add("buy 1 ESZ6 market sl 4000", "", "es stop")
    await is_later(world, at(2026, 11, 23, 17, 20))


# data


async def market_halts(world: World) -> None:
    world.stage.exchange.halt(CON_IDS["AAPL"])
    world.stage.tell()
    await world.stage.passes(1)


async def market_goes_on(world: World) -> None:
    world.stage.exchange.halt(CON_IDS["AAPL"], False)
    world.stage.tell()


async def market_thins(world: World) -> None:
    """There is less to trade with than is held."""
    world.stage.exchange.set_book(CON_IDS["AAPL"], bid=187.40, ask=187.42, bid_size=1, ask_size=1)
    world.stage.tell()
    await world.stage.passes(1)


async def market_thickens(world: World) -> None:
    world.stage.hold(["AAPL"])


def delay(stage: Stage) -> None:
    listings = stage.exchange.listings
    listing = listings.by_con_id(CON_IDS["AAPL"])
    assert listing is not None
    listings.replace(replace(listing, delayed_only=True))


# orders


async def one_is_lost(world: World, line: str) -> None:
    """An order that never reaches TWS and is not answered: UNKNOWN."""
    undo = world.stage.gateway.faults.swallow(PLACE)
    await world.add(line, "lost")
    undo()


async def one_works_unheard(world: World, line: str) -> None:
    """An order that works at IB and of which nothing is heard: UNKNOWN, until IB is asked again."""
    undo = world.stage.gateway.faults.mute(world.stage.next_order_id)
    await world.add(line, "lost")
    await world.stage.passes(1)
    undo()


async def one_is_lost_and_forgotten(world: World) -> None:
    """A lost order whose symbol nobody watches, and a new engine that has never heard of the symbol."""
    await one_is_lost(world, "buy 5 GOOG @ 150")
    await restart(world, as_it_is)


async def one_vanishes(world: World, name: str) -> None:
    """TWS does not know an order any more that it had acknowledged."""
    number = next(o.perm_id for o in world.stage.open_orders() if world.stage.ref_of(o) == world.refs[name])
    world.stage.exchange.forget(number)
    await world.stage.reconcile()


# positions


def transfer(stage: Stage, symbol: str, quantity: str) -> None:
    stage.exchange.transfer(ACCOUNT, stage.con_id(symbol), Decimal(quantity))


# permissions and limits


def read_only_profile(stage: Stage) -> None:
    stage.profile = replace(stage.profile, read_only=True)


async def box_is_ticked(world: World) -> None:
    """TWS's Read-Only API box: every order, cancel and what-if is answered by 321."""
    refused = refusals.read_only()
    world.stage.gateway.faults.deny(refused.code, refused.text, PLACE, CANCEL, GLOBAL_CANCEL)


async def limit_is_reached(world: World) -> None:
    """More to cancel than IB takes in a second, in a second in which it takes no cancel at all."""
    for number in range(MANY):
        await world.add(f"buy 1 TSLA @ {200 + number} gtc", f"entry {number}")
        await world.stage.passes(0.05)
    await world.stage.passes(3)
    text = "Max rate of messages per second has been exceeded:max=50 rec=51 (1)"
    allow = world.stage.gateway.faults.deny(100, text, CANCEL)
    asyncio.get_running_loop().call_later(0.7, allow)
