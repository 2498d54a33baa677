"""The states a person may find the terminal in: what each does to the world, and what makes it well again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct

from ibtui.config import Limits
from tests.exits.stage import MARKETS, Stage
from tests.exits.troubles import (
    answers_again,
    as_it_is,
    at,
    box_is_ticked,
    closes_without_entry,
    connects_in_vain,
    delay,
    finds_ib,
    freezes,
    future_pauses,
    halts,
    halts_and_breaks,
    is_later,
    limit_is_reached,
    link_breaks,
    link_comes_back,
    loses_ib,
    market_goes_on,
    market_halts,
    market_thickens,
    market_thins,
    one_is_lost,
    one_is_lost_and_forgotten,
    one_vanishes,
    one_works_unheard,
    opens_beyond_the_stops,
    read_only_profile,
    reconciles_without_end,
    restart,
    transfer,
)
from tests.exits.world import World

Change = Callable[[World], Awaitable[None]]


async def _nothing(world: World) -> None: ...


class Condition(Struct, frozen=True, kw_only=True):
    """One state: how the world gets there, and what makes it well again."""

    before: Callable[[Stage], None] = as_it_is
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


def _outside(start: datetime, later: datetime, opens: datetime) -> Condition:
    """Trading ends between `start` and `later`, and `opens` again."""
    return Condition(
        stage={"start": start, "always_open": False},
        begins=partial(is_later, to=later),
        ends=partial(is_later, to=opens + timedelta(minutes=1)),
        harmless=True,
    )


_BUSY = {"pacing": True, "limits": Limits(quote_age=60, open_orders=200, duplicate_seconds=0.001)}

_GONE = "NO LINK|CONNECTING"
"""By turns, while TWS takes connections and says nothing."""

STATES: dict[str, Condition] = {
    "READY": Condition(),
    "CONNECTING": Condition(begins=connects_in_vain, ends=answers_again, header=("CONNECTING",)),
    "RECONCILING": Condition(begins=reconciles_without_end, ends=answers_again, header=("RECONCILING",)),
    "HALTED": Condition(begins=halts, header=("HALTED",), entry="msft stop"),
    "NO LINK": Condition(begins=link_breaks, ends=link_comes_back, header=("NO LINK",), halted=("NO LINK", "HALTED")),
    "HALTED, NO LINK": Condition(
        begins=halts_and_breaks,
        ends=link_comes_back,
        header=("NO LINK", "HALTED"),
        halted=("NO LINK", "HALTED"),
        entry="msft stop",
    ),
    "1100": Condition(
        begins=partial(loses_ib, code=1100),
        ends=partial(finds_ib, code=1101),
        header=("NO LINK",),
        halted=("NO LINK", "HALTED"),
    ),
    "2110": Condition(
        begins=partial(loses_ib, code=2110),
        ends=partial(finds_ib, code=1102),
        header=("NO LINK",),
        halted=("NO LINK", "HALTED"),
    ),
    "frozen": Condition(begins=freezes, ends=answers_again, meanwhile=(_GONE,), halted=(_GONE, "HALTED")),
    "evening": _outside(at(2026, 11, 23, 15, 50), at(2026, 11, 23, 17, 30), at(2026, 11, 24, 9, 30)),
    "gap at the open": Condition(
        stage={"start": at(2026, 11, 23, 15, 50), "always_open": False},
        begins=closes_without_entry,
        ends=opens_beyond_the_stops,
        harmless=True,
    ),
    "weekend": _outside(at(2026, 11, 20, 15, 50), at(2026, 11, 21, 12, 0), at(2026, 11, 23, 9, 30)),
    "half day": _outside(at(2026, 11, 27, 12, 50), at(2026, 11, 27, 13, 30), at(2026, 11, 30, 9, 30)),
    "daily break": Condition(
        stage={"start": at(2026, 11, 23, 15, 50), "always_open": False, "watchlist": (*MARKETS, "ESZ6")},
        begins=future_pauses,
        ends=partial(is_later, to=at(2026, 11, 23, 18, 1)),
        subject="ESZ6",
        harmless=True,
    ),
    "halted market": Condition(begins=market_halts, ends=market_goes_on),
    "thin market": Condition(begins=market_thins, ends=market_thickens),
    "delayed": Condition(begins=partial(restart, change=delay)),
    "UNKNOWN elsewhere": Condition(begins=partial(one_is_lost, line="buy 5 TSLA @ 340"), doubtful=("lost",)),
    "UNKNOWN here": Condition(begins=partial(one_is_lost, line="sell 30 AAPL @ 195"), doubtful=("lost",)),
    "UNKNOWN, at IB": Condition(begins=partial(one_works_unheard, line="sell 30 AAPL @ 195")),
    "vanished": Condition(begins=partial(one_vanishes, name="tsla entry"), doubtful=("tsla entry",)),
    "vanished stop": Condition(begins=partial(one_vanishes, name="aapl stop"), doubtful=("aapl stop",)),
    "UNKNOWN of no symbol": Condition(begins=one_is_lost_and_forgotten, doubtful=("lost",)),
    "fraction": Condition(before=partial(transfer, symbol="GOOG", quantity="1.5"), subject="GOOG"),
    "currency": Condition(before=partial(transfer, symbol="EUR.USD", quantity="1234.56"), subject="EUR.USD"),
    "read-only profile": Condition(begins=partial(restart, change=read_only_profile), header=("READ-ONLY",)),
    "Read-Only box": Condition(begins=box_is_ticked, ends=answers_again),
    "message limit": Condition(begins=limit_is_reached, stage=_BUSY),
}
