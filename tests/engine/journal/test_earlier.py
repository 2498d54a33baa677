"""A profile that 0.1.0 left on the disk: its journal and safety file are read, and nothing of them is lost."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ibtui.commands.grammar import parse
from ibtui.domain.alert import PriceAlert
from ibtui.domain.calendar.clock import SetClock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.hold import HeldInstrument
from ibtui.domain.terms import flat
from ibtui.engine.desk.closing_watch import CloseFollowed
from ibtui.engine.desk.halt import Halted
from ibtui.engine.journal.journal import Journal
from ibtui.engine.journal.records import text
from ibtui.engine.market.recorder import RecordingSettings
from ibtui.engine.strategies.store import Handed, LeftOn
from ibtui.engine.truth.since import Left
from ibtui.engine.truth.tally import CountedPosition
from ibtui.link.codec import encode
from ibtui.link.messages import Do, Outcome
from ibtui.link.status import Status, StrategyStatus
from tests.clocks import MORNING
from tests.earlier import AFTER, NAMES, Name, lost, restore, rows, with_strategies, written
from tests.engine.markets import CALM, hold, placed
from tests.engines import running_engine
from tests.gateways import running_gateway

MSFT = 272093
NOBODY = 9
"""A port where no gateway listens: what the engine says of its orders is what its journal told it."""


def running(status: Status) -> list[StrategyStatus]:
    """The strategies that are switched on."""
    return [strategy for strategy in status.strategies if strategy.state != "off"]


def said(answer: Status | Outcome) -> Any:
    """An answer as it goes over the wire, orders in the flat form."""
    return flat(json.loads(encode(answer)))


def json_of(value: object) -> Any:
    """What the journal would write of it."""
    return json.loads(text(value))


def terms(order: dict[str, Any]) -> dict[str, Any]:
    """What the journal says of an order, with numbers where it has texts of numbers; not how it stands."""
    numbers = ("quantity", "filled", "limit_price", "stop_price")
    standing = ("status", "reason", "changed")
    read = {name: float(order[name]) for name in numbers if order[name] is not None}
    return {name: value for name, value in (order | read).items() if name not in standing}


@pytest.mark.parametrize("name", ["running", "busy", "halted"])
async def test_every_order_is_read_with_its_terms_its_owner_and_its_parent(tmp_path: Path, name: Name) -> None:
    restore(name, tmp_path)
    before = {order["ref"]: order for order in written(tmp_path, "ord")}
    async with running_engine(tmp_path, NOBODY, ready=False, clock=SetClock(AFTER), **CALM) as engine:
        now = {order["ref"]: order for order in said(await engine.status())["orders"]}
    assert now.keys() == before.keys()
    for ref, order in before.items():
        assert lost(terms(order), terms(now[ref])) == []
    ended = {ref for ref, order in before.items() if order["status"] in ("filled", "cancelled", "rejected", "ended")}
    assert len(ended) == {"running": 8, "busy": 3, "halted": 21}[name]
    assert {ref: now[ref]["status"] for ref in ended} == {ref: before[ref]["status"] for ref in ended}


async def test_an_order_is_as_it_stood_before_anybody_asks_the_broker(tmp_path: Path) -> None:
    restore("running", tmp_path)
    journal = Journal(tmp_path / "paper" / "journal.sqlite", SetClock(AFTER), "run", lambda text: None)
    recovered = journal.open(MORNING)
    assert not journal.edited
    journal._connection.close()
    orders = {order.ref: order for order in recovered.orders}
    before = written(tmp_path, "ord")
    assert {order.status for order in orders.values()} == {order["status"] for order in before}
    assert {order.status.value for order in orders.values()} >= {
        "waiting", "working", "partly_filled", "filled", "cancelled", "rejected", "unknown",
    }  # fmt: skip
    for order in before:
        assert lost(order, json_of(orders[order["ref"]])) == []
    fills = {fill.exec_id: json_of(fill) for fill in recovered.fills}
    for fill in written(tmp_path, "exec"):
        assert lost(fill, fills[fill["exec_id"]]) == []


async def test_a_halt_stays(tmp_path: Path) -> None:
    restore("halted", tmp_path)
    async with running_engine(tmp_path, NOBODY, ready=False, clock=SetClock(AFTER), **CALM) as engine:
        status = await engine.status()
        assert status.halted
        assert not [entry.text for entry in engine.log if "another hand" in entry.text or "missing" in entry.text]
    restored = tmp_path / "again"
    restored.mkdir()
    restore("running", restored)
    async with running_engine(restored, NOBODY, ready=False, clock=SetClock(AFTER), **CALM) as engine:
        assert not (await engine.status()).halted


async def test_holds_alerts_approvals_and_positions_are_kept(tmp_path: Path) -> None:
    restore("running", tmp_path)
    async with running_engine(tmp_path, NOBODY, ready=False, clock=SetClock(AFTER), **CALM) as engine:
        status = await engine.status()
        assert [(held.symbol, held.reason) for held in status.holds] == [("NVDA", "IB counts 3, our books 0")]
        alerts = (await engine.do("alerts")).alerts
        assert [(alert.number, alert.symbol, str(alert.price), alert.fired_at) for alert in alerts] == [
            (1, "AAPL", "190", None),
            (2, "AAPL", "180", 187.4),
        ]


async def test_strategies_that_ran_are_paused_over_what_they_hold(tmp_path: Path) -> None:
    restore("running", tmp_path)
    with_strategies(tmp_path)
    async with running_gateway() as gateway:
        hold(gateway)
        gateway.backend.exchange.transfer("DU1234567", MSFT, Decimal(10), 402.0)
        async with running_engine(tmp_path, gateway.port, clock=SetClock(AFTER), **CALM) as engine:
            states = {"rests": "paused", "enters": "paused", "sma_cross.msft": "shadow"}
            status = await engine.until(lambda now: {one.name: one.state for one in running(now)} == states)
            rests = next(one for one in running(status) if one.name == "rests")
            assert (rests.symbol, rests.position, rests.trades, rests.approved) == ("MSFT", Decimal(10), 1, True)
            assert rests.running_with["shares"] == "10"


LATCHES: dict[str, Any] = {
    "closes": list[CloseFollowed],
    "holds": list[HeldInstrument],
    "alerts": tuple[PriceAlert, ...],
    "positions.base": dict[str, CountedPosition],
    "terminal.left": Left,
    "halted": Halted,
    "recording": RecordingSettings,
    "strategies.on": tuple[LeftOn, ...],
    "strategies.handed.recalls": Handed,
    "strategies.memory.recalls": dict[str, int],
    "watchlist": tuple[str, ...],
}
"""What an engine reads each of its settings as."""


@pytest.mark.parametrize("key", LATCHES)
def test_no_setting_of_an_engine_loses_a_field(tmp_path: Path, key: str) -> None:
    found = []
    for name in NAMES:
        (folder := tmp_path / name).mkdir()
        restore(name, folder)
        found += [value for (value,) in rows(folder, f"SELECT value FROM kv WHERE key = '{key}'") if value]
    assert any(len(value) > 2 for value in found), "none was recorded"
    for value in found:
        assert lost(json.loads(value), json_of(msgspec.json.decode(value, type=LATCHES[key]))) == []


async def test_what_was_asked_for_under_an_id_is_not_sent_again(tmp_path: Path) -> None:
    restore("running", tmp_path)
    before = {order["ref"] for order in written(tmp_path, "ord")}
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, clock=SetClock(AFTER), **CALM) as engine:
            line = "buy 20 AAPL @ 186.5 tp 195.25 sl 181 gtc"
            outcome = await engine.ask(Do(command=parse(line), id="night.1"))
            assert isinstance(outcome, Outcome)
            assert outcome.repeated
            assert {order["ref"] for order in said(outcome)["orders"]} <= before
            with pytest.raises(IbtuiError) as refused:
                await engine.ask(Do(command=parse(line.replace("20", "21")), id="night.1"))
            assert refused.value.code == "id_taken"
            assert placed(gateway) == 0
