"""A future that is about to be delivered is told once a day, with every count that shows it held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.event import PositionSeen
from ibtui.domain.signal import Signal
from tests.engine.state_bench import AAPL, Bench, reconciled

GOLD = replace(AAPL, symbol="GCG7", con_id=77, sec_type="FUT", root="GC", exchange="COMEX", expiry="20270224")
NOTICE = datetime(2027, 1, 29, tzinfo=UTC)


def held(quantity: int) -> PositionSeen:
    return PositionSeen(account="DU1", instrument=GOLD, quantity=Decimal(quantity), average_cost=2000.0)


def bench(days_before: int) -> tuple[Bench, list[Signal]]:
    made, heard = Bench(), list[Signal]()
    made.state.listeners.signal.append(heard.append)
    made.clock.advance((NOTICE - timedelta(days=days_before) + timedelta(hours=15) - made.clock.now()).total_seconds())
    return made, heard


def test_a_long_is_warned_of_its_first_notice_once_a_day() -> None:
    made, heard = bench(days_before=2)
    made.apply(*[reconciled(positions=[held(1)])] * 3)
    (event,) = heard
    assert (event.kind, event.symbol, event.due) == ("first_notice", "GCG7", NOTICE)
    assert made.said().count("GCG7: first notice on 2027-01-29, in 2 trading days; from then on a long may be") == 1
    made.clock.advance(86_400)
    made.apply(reconciled(positions=[held(1)]))
    assert "GCG7: first notice on 2027-01-29, in 1 trading day; " in made.said()
    assert len(heard) == 2


def test_nobody_is_warned_weeks_ahead_or_of_a_short() -> None:
    made, heard = bench(days_before=20)
    made.apply(reconciled(positions=[held(1)]))
    made, short = bench(days_before=2)
    made.apply(reconciled(positions=[held(-1)]))
    assert heard == short == []
