"""The log: what a new engine begins with, and in which zone it tells times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.signal import signal
from ibtui.domain.terms import Terms
from ibtui.domain.text.sanitize import SENTENCE
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.retold import retold
from ibtui.engine.wording import signal_line
from tests.clocks import ManualClock
from tests.engine.markets import CALM, hold
from tests.engines import running_engine
from tests.gateways import running_gateway

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


async def test_the_log_is_filled_again_after_a_restart(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await engine.do("buy 3 AAPL market")
            await engine.do("buy 1 AAPL @ 150")
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.until(lambda _: engine.logged("what stands above is from its journal"))
            mark = next(entry for entry in engine.log if "what stands above" in entry.text)
            above = [entry for entry in engine.log if entry.seq < mark.seq]
            assert ("ORDER", "BUY 3 AAPL MKT filled") in {(entry.kind, entry.text) for entry in above}
            assert any(entry.text.startswith("BUY 1 AAPL LMT 150 working") for entry in above)
            (again,) = (entry for entry in above if entry.kind == "FILL")
            assert again.text.startswith("BUY 3 AAPL ")
            assert [entry.time for entry in above] == sorted(entry.time for entry in above)


def test_what_is_of_another_day_is_not_told_again() -> None:
    order = Order(
        ref="a",
        terms=Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(1), type="MKT"),
        status=OrderStatus.FILLED,
        created=NOON,
        changed=NOON,
    )
    recovered = Recovered(orders=(order,), fills=(), positions={})
    assert retold(recovered, NOON) == [(NOON, "ORDER", "BUY 1 AAPL MKT filled")]
    assert retold(recovered, NOON + timedelta(seconds=1)) == []


def test_a_sentence_is_kept_whole() -> None:
    log = Log(ManualClock(NOON), lambda: None)
    log.say("ERROR", "x" * SENTENCE)
    assert log.after(0)[0][0].text == "x" * SENTENCE


def test_a_new_log_has_no_line() -> None:
    log = Log(ManualClock(NOON), lambda: None)
    log.refill([])
    assert log.after(0) == ((), False)


def test_what_is_due_is_told_in_the_trader_s_zone() -> None:
    due = signal(NOON, "earnings", "AAPL", due=NOON)
    assert signal_line(due, ZoneInfo("America/New_York")) == ("EVENT", "earnings AAPL due 2026-03-02 12:00:00 EST")
