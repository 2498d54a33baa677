from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus, Side, is_owner
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms
from ibtui.engine.strategies.catalog import Entry
from ibtui.link.status import ParameterStatus
from tests.engine.supervisor_house import START, House, house

UP = {"fast": "1", "slow": "2", "bar": "1s", "stop": "1"}
"""Averages short enough to cross at will: 10 10 9 is below, then 12 crosses above."""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        await made.supervisor.describe_all()
        yield made


async def bought(here: House) -> None:
    """`sma_cross` is on and holds 100 SPY from 12.00 behind a stop at 11.88."""
    here.host.fill_at_once = True
    await here.supervisor.start("sma_cross", UP)
    here.trade(10)
    await here.decide("sma_cross", 11, 10, 9, 12)
    await here.host.until(lambda: here.status("sma_cross").position)
    await here.decide("sma_cross", 13)


async def test_built_in_strategies_are_described(here: House) -> None:
    status = here.status("sma_cross")
    assert (status.state, status.position, status.pnl, status.trades) == ("off", None, None, 0)
    assert status.summary == "Long while the fast average is above the slow one."
    assert [p.name for p in status.parameters] == ["symbol", "fast", "slow", "bar", "shares", "stop", "target"]


async def test_a_run_warms_up_trades_and_shows_what_it_holds(here: House) -> None:
    sentence = await here.supervisor.start("sma_cross", UP)
    assert sentence == "sma_cross is on: symbol=SPY fast=1 slow=2 bar=1s shares=100 stop=1 target=0.0."
    here.trade(10)
    await here.decide("sma_cross", 11)
    status = here.status("sma_cross")
    assert (status.state, status.decision, status.position) == ("warming", "1 of 2 bars", Decimal(0))
    await here.decide("sma_cross", 10, 9, 12)
    await here.host.until(lambda: here.host.orders)
    [intent] = here.host.intents
    assert (intent.owner, intent.side, intent.quantity, intent.symbol) == ("sma_cross", Side.BUY, Decimal(100), "SPY")
    assert (intent.type, intent.protect, intent.reduce_only) == (OrderType.MKT, Decimal("11.88"), False)
    here.host.fill(intent.ref, price=12.5)
    status = here.status("sma_cross")
    assert status.decision == "fast 12.00 crossed above slow 10.50 · buys 100"
    assert (status.state, status.position, status.symbol) == ("running", Decimal(100), "SPY")
    assert status.pnl == pytest.approx((12 - 12.5) * 100 - 1.0)
    assert status.limit_left == 900
    assert status.next_bar == START + timedelta(seconds=6)
    assert status.running_with["slow"] == "2"
    await here.host.until(lambda: "STRAT sma_cross: fast 12.00 crossed above slow 10.50 · buys 100" in here.host.lines)


async def test_past_bars_warm_it_up_and_bring_no_orders(here: House) -> None:
    closes = (10.0, 9.0, 8.0, 12.0, 7.0, 12.0, 99.0)
    here.quote(12)
    here.host.past = tuple(Bar("SPY", START - timedelta(seconds=6 - n), p, p, p, p) for n, p in enumerate(closes))
    await here.supervisor.start("sma_cross", UP)
    status = await here.until_state("sma_cross", "running")
    assert status.decision == "knows 3 past bars · waits for the next"
    here.trade(12.5)
    await here.decide("sma_cross", 13)
    assert here.status("sma_cross").decision == "fast 13.00 above slow 12.50 · stays out"
    assert here.host.intents == []


async def test_a_bar_that_closes_while_the_past_is_fetched_is_not_missed(here: House) -> None:
    here.host.library.clear()
    starting = asyncio.create_task(here.supervisor.start("sma_cross", UP))
    await here.host.until(lambda: here.host.asked_bars)
    here.trade(10)
    here.trade(11)
    here.trade(12)
    here.host.library.set()
    await starting
    await here.host.until(lambda: here.status("sma_cross").decision == "fast 12.00 above slow 11.50 · stays out")


async def test_a_close_joins_the_group_of_its_stop_which_stays_until_it_fills(here: House) -> None:
    await bought(here)
    here.host.fill_at_once = False
    await here.decide("sma_cross", 5)
    await here.host.until(lambda: len(here.host.intents) == 2)
    [stop] = [order for order in here.host.orders.values() if order.role == "stop"]
    exit_intent = here.host.intents[1]
    assert (exit_intent.side, exit_intent.quantity, exit_intent.reduce_only) == (Side.SELL, Decimal(100), True)
    assert exit_intent.oca_group == stop.oca_group
    assert stop.live
    assert here.host.cancelled == []
    await here.decide("sma_cross", 4)
    assert len(here.host.intents) == 2, "one close is under way"
    here.host.fill(f"{exit_intent.ref}-x", price=5.0)
    await here.host.until(lambda: here.status("sma_cross").position == 0)
    assert not any(order.live for order in here.host.orders.values())


@pytest.mark.parametrize("status_first", [False, True])
async def test_a_stop_that_fills_beside_the_close_is_not_doubled(here: House, status_first: bool) -> None:
    await bought(here)
    here.host.fill_at_once = False
    await here.decide("sma_cross", 5)
    await here.host.until(lambda: len(here.host.intents) == 2)
    [stop] = [order for order in here.host.orders.values() if order.role == "stop"]
    here.host.fill(stop.ref, price=5.0, status_first=status_first)
    await here.decide("sma_cross", 4)
    assert here.status("sma_cross").position == 0
    assert len(here.host.intents) == 2
    assert not any(order.live for order in here.host.orders.values())


async def test_stopping_cancels_the_entry_and_keeps_the_protective_stop(here: House) -> None:
    await bought(here)
    here.host.fill_at_once = False
    await here.decide("sma_cross", 5)
    await here.host.until(lambda: len(here.host.intents) == 2)
    here.host.fill(f"{here.host.intents[1].ref}-x", price=5.0)
    here.host.fill_at_once = True
    await here.decide("sma_cross", 8)
    await here.host.until(lambda: here.status("sma_cross").position == 100)
    sentence = await here.supervisor.stop("sma_cross", "halt")
    assert here.status("sma_cross").state == "off"
    assert sentence == "sma_cross is off (halt): 1 protective stop stays, it holds +100 SPY."
    [stop] = [order for order in here.host.orders.values() if order.live]
    assert stop.role == "stop"
    assert here.status("sma_cross").position == 100


async def test_stopping_with_a_working_entry_cancels_it_before_anything_else(here: House) -> None:
    await here.supervisor.start("sma_cross", UP)
    here.trade(10)
    await here.decide("sma_cross", 11, 10, 9, 12)
    await here.host.until(lambda: here.host.orders)
    stopping = asyncio.create_task(here.supervisor.stop("sma_cross"))
    await asyncio.sleep(0)
    assert here.host.cancelled == [here.host.intents[0].ref]
    assert here.status("sma_cross").state == "stopping"
    assert await stopping == "sma_cross is off: cancel sent for 1 entry, it holds nothing."
    assert not any(order.live for order in here.host.orders.values())


async def test_an_entry_that_could_not_be_cancelled_goes_when_the_session_is_back(here: House) -> None:
    await here.supervisor.start("sma_cross", UP)
    here.trade(10)
    await here.decide("sma_cross", 11, 10, 9, 12)
    await here.host.until(lambda: here.host.orders)
    entry = here.host.intents[0].ref
    here.supervisor.on_session(False)
    here.host.connected = False
    sentence = await here.supervisor.stop("sma_cross")
    assert sentence.startswith("sma_cross is off: 1 entry cannot be cancelled before the session is back")
    assert here.host.cancelled == []
    here.host.connected = True
    here.supervisor.on_session(True)
    assert here.host.cancelled == [entry]


async def test_entries_of_a_killed_engine_are_cancelled_by_the_next_one(here: House, tmp_path: Path) -> None:
    await here.supervisor.start("sma_cross", UP)
    here.trade(10)
    await here.decide("sma_cross", 11, 10, 9, 12)
    await here.host.until(lambda: here.host.orders)
    async with house(tmp_path) as later:
        later.host.orders = dict(here.host.orders)
        await later.supervisor.describe_all()
        assert later.host.cancelled == [here.host.intents[0].ref]
        assert all(not order.live for order in later.host.orders.values())


async def test_an_order_on_its_way_when_it_is_stopped_is_cancelled_as_soon_as_it_is_out(here: House) -> None:
    here.host.door.clear()
    await here.supervisor.start("sma_cross", UP)
    here.trade(10)
    await here.decide("sma_cross", 11, 10, 9, 12)
    await here.host.until(lambda: here.host.intents)
    stopping = asyncio.create_task(here.supervisor.stop("sma_cross"))
    await here.host.until(lambda: here.status("sma_cross").state == "stopping")
    here.host.door.set()
    await stopping
    assert here.host.cancelled == [here.host.intents[0].ref]
    assert here.status("sma_cross").state == "off"


async def test_a_new_run_knows_the_position_and_the_stop_of_the_old_one(here: House) -> None:
    await bought(here)
    [stop] = [order for order in here.host.orders.values() if order.live]
    await here.supervisor.stop("sma_cross")
    assert await here.supervisor.start("sma_cross", UP) == (
        "sma_cross is on: symbol=SPY fast=1 slow=2 bar=1s shares=100 stop=1 target=0.0. It still holds +100 SPY."
    )
    await here.decide("sma_cross", 12, 11)
    await here.host.until(lambda: len(here.host.intents) == 2)
    assert here.host.intents[1].oca_group == stop.oca_group
    assert here.host.intents[1].reduce_only


async def test_a_commission_that_comes_later_costs_and_is_no_second_fill(here: House) -> None:
    here.write(
        "counts",
        """
        def on_bar(self, bar):
            if not self.position("SPY"): self.buy("SPY", 5)
        def on_fill(self, fill):
            self.log(f"filled {fill.quantity}")
    """,
    )
    await here.supervisor.start("counts", {})
    here.trade(10)
    await here.decide("counts", 11)
    await here.host.until(lambda: here.host.orders)
    here.host.fill(here.host.intents[0].ref, price=11.0)
    assert here.status("counts").pnl == -1.0
    here.host.fills[0] = replace(here.host.fills[0], commission=3.5)
    here.telling.on_fill(here.host.fills[0])
    assert here.status("counts").pnl == -3.5
    await here.decide("counts", 11.5)
    assert here.host.lines.count("STRAT counts: filled 5") == 1


async def test_a_bust_changes_what_a_running_strategy_holds_and_is_no_fill(here: House) -> None:
    here.write(
        "counts",
        """
        def on_bar(self, bar):
            self.log(f"holds {self.position('SPY'):g}")
            if bar.close == 11: self.buy("SPY", 5)
        def on_fill(self, fill):
            self.log(f"filled {fill.quantity}")
    """,
    )
    await here.supervisor.start("counts", {})
    here.trade(10)
    await here.decide("counts", 11)
    await here.host.until(lambda: here.host.orders)
    here.host.fill(here.host.intents[0].ref, price=11.0)
    await here.decide("counts", 11.5)
    assert here.host.lines[-1] == "STRAT counts: holds 5"
    here.host.fills[0] = replace(here.host.fills[0], exec_id="0000.02", quantity=Decimal(0))
    here.telling.on_fill(here.host.fills[0])
    await here.decide("counts", 11.6)
    assert here.host.lines[-1] == "STRAT counts: holds 0"
    assert here.status("counts").pnl == 0.0
    assert here.host.lines.count("STRAT counts: filled 5") == 1


async def test_a_refusal_is_told_to_the_strategy_and_shown_once(here: House) -> None:
    here.write(
        "stubborn",
        """
        def on_bar(self, bar):
            self.buy("SPY", 1)
            self.explain("tries again")
    """,
    )
    here.host.refuse = IbtuiError("collar", "The price is too far away.")
    await here.supervisor.start("stubborn", {})
    here.trade(10)
    await here.decide("stubborn", 11, 12, 13)
    await here.host.until(lambda: len(here.host.intents) == 3)
    shown = [line for line in here.host.lines if "not sent" in line]
    assert shown == ["STRAT stubborn: BUY 1 SPY not sent: The price is too far away."]
    assert here.status("stubborn").state == "running"


async def test_its_own_limit_counts_what_is_working(here: House) -> None:
    here.write(
        "greedy",
        """
        def on_bar(self, bar):
            self.buy("SPY", 400, limit=bar.close)
    """,
    )
    await here.supervisor.start("greedy", {})
    here.trade(10)
    await here.decide("greedy", 11, 12, 13)
    await here.host.until(lambda: any("not sent" in line for line in here.host.lines))
    assert len(here.host.intents) == 2
    assert here.status("greedy").limit_left == 200
    assert here.host.lines[-1] == (
        "STRAT greedy: BUY 400 SPY not sent: BUY 400 SPY could carry its position to 1200; its own limit is 1000."
    )


async def test_while_the_session_is_not_active_bars_are_withheld(here: House) -> None:
    await here.supervisor.start("sma_cross", UP)
    here.trade(10)
    await here.decide("sma_cross", 11)
    here.supervisor.on_session(False)
    here.trade(12)
    status = here.status("sma_cross")
    assert (status.reason, status.next_bar) == ("waits: there is no session to trade in", None)
    here.supervisor.on_session(True)
    await here.decide("sma_cross", 13)
    assert here.status("sma_cross").decision == "fast 13.00 above slow 12.00 · stays out"
    assert here.status("sma_cross").reason == ""


@pytest.mark.parametrize(
    ("name", "parameters", "code", "sentence"),
    [
        ("sma_cros", {}, "unknown_strategy", "There is no strategy 'sma_cros': did you mean 'sma_cross'?"),
        ("sma_cross", {"fsat": "5"}, "bad_parameter", "There is no parameter 'fsat': did you mean 'fast'?"),
        ("sma_cross", {"fast": "500"}, "bad_parameter", "fast must be a whole number from 1 to 200, not '500'."),
        ("sma_cross", {"fast": "9", "slow": "8"}, "bad_parameter", "fast must be less than slow, not 9 and 8."),
        ("sma_cross", {"symbol": "NOPE"}, "unknown_symbol", "There is no instrument 'NOPE'."),
        (
            "sma_cross.what-it-trades-in-winter",
            {},
            "bad_parameter",
            "sma_cross.what-it-trades-in-winter was not started: with its label it has 34 characters, and each order "
            "bears at most 32 of them; give it a shorter label.",
        ),
    ],
)
async def test_a_start_that_cannot_be_leaves_it_off(
    here: House, name: str, parameters: dict[str, str], code: str, sentence: str
) -> None:
    with pytest.raises(IbtuiError) as caught:
        await here.supervisor.start(name, parameters)
    assert caught.value.code == code
    assert caught.value.message.startswith(sentence)
    assert {status.state for status in here.supervisor.statuses()} == {"off"}


@pytest.mark.parametrize("name", ["guard", "follow_the_leader", "f" * 32])
@pytest.mark.parametrize("symbol", ["AAPL", "AAPL261218C00190000", "ÜBER.EUR", "A" * 32])
def test_an_algorithm_named_after_what_it_works_on_can_mark_its_orders(name: str, symbol: str) -> None:
    works_on = ParameterStatus(name="symbol", kind="symbol", default="")
    entry = Entry(name=name, for_trader=True, parameters=(works_on,))
    assert is_owner(entry.run_name(name, {"symbol": symbol}))


async def test_a_refused_start_leaves_no_row_and_one_that_is_over_is_forgotten(here: House) -> None:
    names = [status.name for status in here.supervisor.statuses()]
    with pytest.raises(IbtuiError):
        await here.supervisor.start("sma_cross.more", {"fast": "500"})
    assert [status.name for status in here.supervisor.statuses()] == names
    await here.supervisor.start("sma_cross.more", UP)
    with pytest.raises(IbtuiError, match=r"is warming; stop it first|is running; stop it first"):
        here.supervisor.forget("sma_cross.more")
    await here.supervisor.stop("sma_cross.more")
    with pytest.raises(IbtuiError):
        await here.supervisor.start("sma_cross.more", {"fast": "500"})
    assert here.status("sma_cross.more").state == "off"
    assert here.supervisor.forget("sma_cross.more") == (
        "sma_cross.more is forgotten: its row is gone; its fills and log lines stay."
    )
    assert [status.name for status in here.supervisor.statuses()] == names
    with pytest.raises(IbtuiError, match="nothing to forget"):
        here.supervisor.forget("sma_cross.more")


async def test_without_a_session_nothing_starts(here: House) -> None:
    here.supervisor.on_session(False)
    with pytest.raises(IbtuiError, match="there is no session to trade in"):
        await here.supervisor.start("sma_cross", {})


async def test_what_is_on_cannot_be_started_again_and_what_is_off_may_be_stopped(here: House) -> None:
    assert await here.supervisor.stop("sma_cross") == "sma_cross is off."
    await here.supervisor.start("sma_cross", UP)
    with pytest.raises(IbtuiError, match="stop it first"):
        await here.supervisor.start("sma_cross", UP)
    assert await here.supervisor.stop_all("halt") == ["sma_cross is off (halt): it holds nothing."]
    assert await here.supervisor.stop_all("halt") == []


async def test_stopping_while_it_starts_leaves_nothing_running(here: House) -> None:
    starting = asyncio.create_task(here.supervisor.start("sma_cross", UP))
    await here.host.until(lambda: here.status("sma_cross").state == "starting")
    await here.supervisor.stop("sma_cross")
    with pytest.raises(IbtuiError, match="was stopped before it ran"):
        await starting
    assert here.status("sma_cross").state == "off"


async def test_a_users_file_is_described_started_and_described_anew_when_it_changed(here: House) -> None:
    here.write(
        "mine",
        """
        '''Buys and holds.'''
        size: int = param(7, 1, 9)
        def on_bar(self, bar):
            print("hello", bar.close)
            if not self.position("SPY"):
                self.buy("SPY", self.size)
    """,
    )
    await here.supervisor.describe_all()
    status = here.status("mine")
    assert (status.state, status.summary) == ("off", "Buys and holds.")
    assert [p.name for p in status.parameters] == ["size", "symbol", "bar"]
    await here.supervisor.start("mine", {"size": "8"})
    here.trade(10)
    await here.decide("mine", 11)
    await here.host.until(lambda: here.host.orders and "STRAT mine: hello 11.0" in here.host.lines)
    assert here.host.intents[0].quantity == 8
    here.write("mine", "'''Does nothing.'''")
    await here.supervisor.describe_all()
    assert here.status("mine").summary == "Does nothing."


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("broken", "class A(Strategy:", "broken.py line 3: SyntaxError: invalid syntax."),
        (
            "missing",
            "import no_such_thing\nclass A(Strategy): ...",
            "missing.py line 3: ModuleNotFoundError: No module named 'no_such_thing'.",
        ),
        ("empty", "class A: ...", "empty.py has no subclass of Strategy; write one."),
        (
            "two_of_them",
            "class A(Strategy): ...\nclass B(Strategy): ...",
            "two_of_them.py has 2 strategies (A, B); name one of them TwoOfThem.",
        ),
        ("gone", "class A: ...\nos._exit(7)", "Its import ended the process (exit code 7)."),
        ("quits", "class A: ...\nsys.exit('enough')", "quits.py line 4: SystemExit: enough."),
        ("Capital-1", "class A(Strategy): ...", "Rename the file: a-z, 0-9 and _, a letter first."),
        ("you", "class A(Strategy): ...", "Rename the file: a-z, 0-9 and _, a letter first."),
        (
            "wrong",
            "class A(Strategy):\n    fast: int = param(3, 5, 9)",
            "The default must be a whole number from 5 to 9, not '3'.",
        ),
    ],
)
async def test_a_file_that_cannot_be_used_is_shown_with_its_reason(
    here: House, name: str, text: str, reason: str
) -> None:
    here.write(name, text)
    await here.supervisor.describe_all()
    if here.status(name).state != "failed":
        await here.supervisor.approve(name)
    status = here.status(name)
    assert (status.state, status.reason) == ("failed", reason)
    assert here.status("sma_cross").state == "off"


async def test_of_two_classes_the_one_with_the_files_name_is_the_strategy(here: House) -> None:
    here.write("second_one", "class A(Strategy):\n    '''First.'''\nclass SecondOne(Strategy):\n    '''Second.'''")
    await here.supervisor.describe_all()
    assert here.status("second_one").summary == "Second."


async def test_a_file_that_others_may_write_is_not_run(here: House) -> None:
    here.write("open", "'''Open to all.'''")
    (here.folder / "open.py").chmod(0o666)
    await here.supervisor.describe_all()
    file = here.folder / "open.py"
    assert here.status("open").reason == f"{file} can be written by others; run: chmod go-w {file}."
    for act in (here.supervisor.start("open", {}), here.supervisor.approve("open")):
        with pytest.raises(IbtuiError) as error:
            await act
        assert error.value.code == "unsafe_file"


async def test_a_file_named_like_a_built_in_does_not_replace_it(here: House) -> None:
    here.write("sma_cross", "class A(Strategy):\n    '''Not the real one.'''")
    await here.supervisor.describe_all()
    assert here.status("sma_cross").summary.startswith("Long while")
    assert any("has the name of a built-in strategy" in line for line in here.host.lines)


async def test_profit_of_an_earlier_run_is_shown_by_a_new_engine(here: House, tmp_path: Path) -> None:
    await bought(here)
    async with house(tmp_path) as later:
        later.clock.advance(86_400)
        later.host.fills = here.host.fills
        later.host.quotes["SPY"] = Quote(symbol="SPY", last=101.0, bid=101.0, ask=101.0)
        await later.supervisor.describe_all()
        later.supervisor.on_session(True)
        await later.host.until(lambda: later.status("sma_cross").pnl is not None)
        status = later.status("sma_cross")
        assert (status.state, status.symbol, status.position) == ("off", "SPY", Decimal(100))
        assert status.pnl == pytest.approx(100.0), "the fill is of another day: its commission is not today's"


async def test_another_orders_owner_is_none_of_its_business(here: House) -> None:
    await here.supervisor.start("sma_cross", UP)
    await bought_by_you(here)
    assert here.status("sma_cross").position == 0
    assert await here.supervisor.stop("sma_cross") == "sma_cross is off: it holds nothing."
    assert here.host.cancelled == []


async def bought_by_you(here: House) -> None:
    from ibtui.domain.order import OrderIntent

    intent = OrderIntent(
        ref="a" * 12, owner="you", terms=Terms(symbol="SPY", side=Side.BUY, quantity=Decimal(5), type=OrderType.MKT)
    )
    [order] = await here.host.submit(intent)
    here.host.change(order.ref, OrderStatus.WORKING)


def test_the_engine_side_imports_no_strategy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, ibtui.engine.strategies.supervisor;"
        " print([m for m in sys.modules if m.startswith('ibtui.strategies')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert out.stdout.strip() == "[]"
