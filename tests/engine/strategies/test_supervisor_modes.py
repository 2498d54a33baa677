"""Shadow, pause, suspension, approval, labelled runs, signals, memory, and what becomes of a position."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.currency import NO_RATES
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus, Side
from ibtui.domain.refusal import Refusal
from ibtui.domain.signal import signal
from ibtui.engine.strategies.hold import REFUSALS, STALE
from tests.engine.supervisor_house import House, house
from tests.engine.truth.kept import Kept
from tests.flat_orders import altered

UP = {"symbol": "SPY", "fast": "1", "slow": "2", "bar": "1s", "stop": "1"}
ENTER = """
    def on_bar(self, bar):
        if not self.position(bar.symbol):
            self.buy(bar.symbol, 100, sl=bar.close * 0.9)
        self.explain("{} shares", self.position(bar.symbol))
"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        await made.supervisor.describe_all()
        made.trade(10)
        yield made


async def entered(here: House, name: str = "mine") -> str:
    """Start a strategy that enters on its first bar, and fill it; the entry's ref."""
    here.write("mine", ENTER)
    await here.supervisor.start(name, {})
    await here.decide(name, 10)
    await here.host.until(lambda: here.host.orders)
    ref = here.host.intents[0].ref
    here.host.fill(ref, price=10)
    return ref


async def test_a_shadow_shows_what_it_would_do_and_sends_nothing(here: House) -> None:
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {}, shadow=True)
    await here.decide("mine", 10, 11, 12)
    status = here.status("mine")
    assert (status.state, status.decision, status.position) == ("shadow", "100.0 shares", Decimal(100))
    assert status.trades == 1
    assert status.drawn == (
        "would BUY 100 SPY at market, stop 9.00",
        "would have traded BUY 100 SPY at 10.01 · would hold 100",
    )
    assert here.host.intents == []


async def test_a_shadows_book_is_shown_with_what_would_work_and_what_it_traded(here: House) -> None:
    here.write("mine", ENTER + "\n        self.buy(bar.symbol, 5, limit=bar.close / 1.01)\n")
    await here.supervisor.start("mine", {}, shadow=True)
    await here.decide("mine", 10, 11)
    await here.host.until(lambda: (book := here.status("mine").shadow) is not None and len(book.orders) == 3)
    book = here.status("mine").shadow
    assert book is not None
    assert book.held == {"SPY": Decimal(100)}
    assert [(one.role, one.side, one.tif, one.over_by is None) for one in book.orders] == [
        ("stop", "SELL", "GTC", True),
        ("entry", "BUY", "DAY", False),
        ("entry", "BUY", "DAY", False),
    ]
    assert [(one.side, one.quantity, one.price) for one in book.fills] == [("BUY", Decimal(100), 10.01)]
    assert book.pnl == here.status("mine").pnl == 99.0
    await here.supervisor.stop("mine")
    ended = here.status("mine")
    assert ended.shadow is not None
    assert (ended.shadow.held, ended.shadow.orders, len(ended.shadow.fills)) == ({"SPY": Decimal(100)}, (), 1)
    assert (ended.state, ended.position, ended.trades) == ("off", Decimal(0), 0), "nothing of it was real"


SIZED = """
    def on_bar(self, bar):
        if not self.position(bar.symbol):
            self.buy(bar.symbol, cash=1_250)
        self.explain("{} at {}", self.position(bar.symbol), self.rate(bar.symbol))
"""


@pytest.mark.parametrize("shadow", [True, False])
async def test_a_run_is_told_what_money_is_worth_as_it_becomes_known(here: House, shadow: bool) -> None:
    here.host.trades_in = "EUR"
    here.write("mine", SIZED)
    await here.supervisor.start("mine", {}, shadow=shadow)
    await here.decide("mine", 10)
    assert here.status("mine").decision == "0.0 at None"
    assert "BUY SPY not asked: what EUR is worth in USD is not known yet" in " ".join(here.host.lines)
    here.host.rates = NO_RATES.learn("EUR", "USD", 1.25)
    await here.decide("mine", 10)
    assert here.status("mine").decision.endswith("at 1.25")


async def test_a_paused_run_decides_and_may_only_get_out(here: House) -> None:
    here.write("mine", ENTER + "\n        if bar.close == 13:\n            self.close(bar.symbol)\n")
    await here.supervisor.start("mine", {})
    assert "entries do not" in here.supervisor.pause("mine")
    await here.decide("mine", 10)
    assert here.status("mine").state == "paused"
    assert here.host.intents == []
    await here.host.until(lambda: any("mine is paused" in line for line in here.host.lines))
    here.supervisor.resume("mine")
    await here.decide("mine", 11)
    await here.host.until(lambda: here.host.orders)
    here.host.fill(here.host.intents[0].ref, price=11)
    here.supervisor.pause("mine")
    await here.decide("mine", 13)
    await here.host.until(lambda: len(here.host.intents) == 2)
    assert here.host.intents[1].reduce_only


async def test_a_held_instrument_pauses_its_strategies_and_they_go_on_as_they_were(here: House) -> None:
    await entered(here)
    await here.host.until(lambda: here.status("mine").position == 100)
    here.host.in_doubt.add("SPY")
    status = here.status("mine")
    assert (status.state, status.reason, status.position) == ("paused", "SPY is HELD.", Decimal(100))
    here.supervisor.pause("mine")
    here.host.in_doubt.clear()
    assert here.status("mine").reason.startswith("paused by hand")
    here.supervisor.resume("mine")
    assert here.status("mine").state == "running"


async def test_a_strategy_does_not_enter_what_is_held_and_gets_out_of_it(here: House) -> None:
    here.write("mine", ENTER + "\n        if bar.close == 13:\n            self.close(bar.symbol)\n")
    await here.supervisor.start("mine", {})
    here.host.in_doubt.add("SPY")
    await here.decide("mine", *[10] * (REFUSALS + 2))
    await here.host.until(lambda: any("SPY is HELD" in line for line in here.host.lines))
    assert here.host.intents == []
    here.host.in_doubt.clear()
    assert here.status("mine").state == "running"
    await here.decide("mine", 11)
    await here.host.until(lambda: here.host.orders)
    here.host.fill(here.host.intents[0].ref, price=11)
    here.host.in_doubt.add("SPY")
    await here.decide("mine", 13)
    await here.host.until(lambda: len(here.host.intents) == 2)
    assert here.host.intents[1].reduce_only


async def test_a_run_that_warms_up_is_paused_too(here: House) -> None:
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {})
    assert here.status("mine").state == "warming"
    here.host.in_doubt.add("SPY")
    assert here.status("mine").state == "paused"


async def test_a_refusal_of_the_gate_because_it_is_held_is_no_mistake_of_the_strategy(here: House) -> None:
    here.write("mine", ENTER)
    here.host.refuse = IbtuiError("held", "SPY is HELD.")
    await here.supervisor.start("mine", {})
    await here.decide("mine", *[10] * (REFUSALS + 2))
    await here.host.until(lambda: len(here.host.intents) > REFUSALS)
    assert here.status("mine").state == "running"


async def test_old_data_suspends_and_new_data_lets_it_go_on(here: House) -> None:
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {})
    await here.decide("mine", 10)
    assert here.status("mine").state == "running"
    here.clock.advance(STALE + 2)
    status = here.status("mine")
    assert status.state == "suspended"
    assert status.reason.startswith("SPY: the newest quote is")
    assert status.data_age is not None
    assert status.data_age > STALE
    await here.decide("mine", 10)
    assert here.status("mine").state == "running"


async def test_a_lost_session_suspends(here: House) -> None:
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {})
    await here.decide("mine", 10)
    here.supervisor.on_session(False)
    assert (here.status("mine").state, here.status("mine").reason[:6]) == ("suspended", "waits:")
    here.supervisor.on_session(True)
    assert here.status("mine").state == "running"


async def test_a_limit_that_refuses_suspends_nobody(here: House) -> None:
    """It ends with the day, the hour or the position: nothing for a person to look at."""
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {})
    for count in range(1, REFUSALS + 3):
        here.host.refuse = IbtuiError(
            "over_limit", f"The last order is {count} s old; the limit order_seconds is 60 s."
        )
        await here.decide("mine", 10 + count / 10)
        await here.host.until(lambda asked=count: len(here.host.intents) == asked)  # type: ignore[misc]
    assert here.status("mine").state == "running"
    assert len([line for line in here.host.lines if "order_seconds" in line]) == 1


async def test_alike_refusals_are_logged_once_until_an_order_goes_out(here: House) -> None:
    """Alike is what one limit of one owner says, whatever its figures and its words; not what a code says."""
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {})

    async def refused(limit: str, owner: str, words: str) -> None:
        here.host.refuse = IbtuiError.of(Refusal("over_limit", words, limit, owner))
        asked = len(here.host.intents) + 1
        await here.decide("mine", 10 + asked / 10)
        await here.host.until(lambda: len(here.host.intents) == asked)

    for count in range(3):
        await refused("gross_value", "", f"All {count} together are too much.")
        await refused("gross_value", "mine", f"All {count} of its own are too much.")
        await refused("hours", "", "It is late." if count else "It is early.")
    said = [line.partition("not sent: ")[2] for line in here.host.lines if "not sent" in line]
    assert said == ["All 0 together are too much.", "All 0 of its own are too much (mine).", "It is early."]


async def test_a_days_loss_suspends_until_it_is_over(here: House) -> None:
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {})
    await here.decide("mine", 10)
    here.telling.on_losses({"mine": "Today lost 301.00."})
    assert (here.status("mine").state, here.status("mine").reason) == ("suspended", "Today lost 301.00.")
    here.supervisor.resume("mine")
    assert here.status("mine").state == "suspended"
    here.telling.on_losses({"other": "Today lost 1.00."})
    assert here.status("mine").state == "running"


async def test_refusals_in_a_row_want_a_person(here: House) -> None:
    here.write("mine", ENTER)
    here.host.refuse = IbtuiError("too_large", "It is too large.")
    await here.supervisor.start("mine", {})
    for count in range(1, REFUSALS + 1):
        await here.decide("mine", 10 + count / 10)
        await here.host.until(lambda asked=count: len(here.host.intents) == asked)  # type: ignore[misc]
    await here.host.until(lambda: here.status("mine").state == "suspended")
    assert "It is too large." in here.status("mine").reason
    here.host.refuse = None
    await here.decide("mine", 12)
    # A wish that is on its way while a person lets it go on may go out as well: wait until this one is refused.
    await here.host.until(lambda: any("not sent: mine is suspended" in line for line in here.host.lines))
    assert len(here.host.intents) == REFUSALS
    here.supervisor.resume("mine")
    await here.decide("mine", 13)
    await here.host.until(lambda: len(here.host.intents) > REFUSALS)


async def test_a_changed_file_wants_approval(here: House) -> None:
    here.write("mine", ENTER)
    await here.supervisor.start("mine", {})
    await here.supervisor.stop("mine")
    here.write("mine", ENTER.replace("100", "200"))
    with pytest.raises(IbtuiError) as error:
        await here.supervisor.start("mine", {})
    assert error.value.code == "not_approved"
    assert "approve mine" in error.value.message
    status = here.status("mine")
    assert (status.approved, status.state) == (False, "off")
    assert "mine.py is approved" in await here.supervisor.approve("mine")
    await here.supervisor.start("mine", {})
    assert here.status("mine").approved


async def test_built_ins_need_no_approval(here: House) -> None:
    with pytest.raises(IbtuiError) as error:
        await here.supervisor.approve("sma_cross")
    assert error.value.code == "no_file"


async def test_two_runs_of_one_strategy_hold_their_own(here: House) -> None:
    here.write("mine", ENTER)
    await here.supervisor.start("mine.a", {})
    await here.supervisor.start("mine.b", {"symbol": "QQQ"})
    await here.decide("mine.a", 10)
    await here.host.until(lambda: here.host.orders)
    here.host.fill(here.host.intents[0].ref, price=10)
    assert [(s.name, s.strategy, s.position) for s in here.supervisor.statuses() if s.name.startswith("mine.")] == [
        ("mine.a", "mine", Decimal(100)),
        ("mine.b", "mine", Decimal(0)),
    ]
    assert here.host.intents[0].owner == "mine.a"
    with pytest.raises(IbtuiError) as error:
        await here.supervisor.start("mine.a", {})
    assert error.value.code == "strategy_on"


async def test_signals_reach_what_trades_the_symbol(here: House) -> None:
    here.write(
        "mine",
        """
        def on_event(self, event):
            self.log(f"{event.kind} {event.symbol} {event.value}")
        """,
    )
    await here.supervisor.start("mine", {})
    now = datetime.now(UTC)
    for symbol in ("SPY", "QQQ", ""):
        here.telling.on_signal(signal(now, "prediction", symbol, 0.5))
    await here.host.until(lambda: "STRAT mine: prediction 0.5" in here.host.lines)
    said = [line for line in here.host.lines if "prediction" in line]
    assert said == ["STRAT mine: prediction SPY 0.5", "STRAT mine: prediction 0.5"]


CHANGEABLE = """
class Mine(Strategy):
    symbol: str = param("SPY", kind="symbol")
    bar: str = param("1s", kind="bar")
    shares: int = param(10, 1, 100, changeable=True)
    other: int = param(10, 1, 100)

    def on_bar(self, bar):
        self.explain(f"{self.shares} shares")
"""


async def test_only_changeable_parameters_change_while_it_runs(here: House) -> None:
    here.write("mine", CHANGEABLE)
    await here.supervisor.start("mine", {})
    assert await here.supervisor.change("mine", {"shares": "20"}) == "mine: shares=20"
    await here.decide("mine", 10)
    assert here.status("mine").decision == "20 shares"
    assert here.status("mine").running_with["shares"] == "20"
    for parameters in ({"other": "20"}, {"shares": "1000"}, {"shard": "1"}):
        with pytest.raises(IbtuiError) as error:
            await here.supervisor.change("mine", parameters)
        assert error.value.code == "bad_parameter"
    assert here.status("mine").state == "running"


async def test_a_symbols_parameter_can_be_the_watchlist(here: House) -> None:
    here.write(
        "mine",
        """
        class Mine(Strategy):
            names: tuple[str, ...] = param(("SPY",))
            bar: str = param("1s", kind="bar")

            def on_start(self):
                self.log(",".join(self.names))
        """,
    )
    await here.supervisor.start("mine", {"names": "watchlist"})
    await here.host.until(lambda: "STRAT mine: SPY,QQQ" in here.host.lines)


async def test_its_position_can_be_kept_closed_or_handed_over(here: House) -> None:
    await entered(here)
    sentence = await here.supervisor.stop("mine", then="close")
    assert sentence.endswith("SELL 100 SPY sent.")
    assert here.host.intents[-1].reduce_only
    [stop] = [order for order in here.host.orders.values() if order.role == "stop"]
    assert (stop.live, stop.oca_group) == (True, here.host.intents[-1].oca_group)
    here.host.fill(f"{here.host.intents[-1].ref}-x", price=11)
    assert here.status("mine").position == 0
    assert not [order for order in here.host.orders.values() if order.live]


@pytest.mark.parametrize(
    ("account", "others", "words"),
    [
        (100, 0, " without a stop: BARE"),
        (100, 100, " without a stop of its own"),
        (300, 100, " without a stop: BARE"),
    ],
)
async def test_what_it_leaves_without_a_stop_is_said(here: House, account: int, others: int, words: str) -> None:
    ref = await entered(here)
    here.host.account_holds["SPY"], here.host.others_cover["SPY"] = Decimal(account), Decimal(others)
    here.host.confirm_cancel(f"{ref}-s")
    sentence = await here.supervisor.stop("mine")
    assert sentence == f"mine is off: it holds +100 SPY{words}."
    handed = await here.supervisor.stop("mine", then="hand")
    assert handed == f"mine is off. 100 SPY is yours now; SPY is{words}."


async def test_a_failure_says_what_it_leaves(here: House) -> None:
    ref = await entered(here)
    here.host.confirm_cancel(f"{ref}-s")
    process = here.supervisor._runs.by_name["mine"]._talk.process
    assert process is not None
    process.end()
    await here.host.until(lambda: here.status("mine").state == "failed")
    assert any(line.endswith("; it holds +100 SPY without a stop: BARE") for line in here.host.lines)


async def test_a_position_that_is_handed_over_is_the_traders_with_its_stop(here: House) -> None:
    ref = await entered(here)
    sentence = await here.supervisor.stop("mine", then="hand")
    assert sentence.endswith("100 SPY is yours now with 1 working order.")
    assert not here.status("mine").position
    here.host.fill(f"{ref}-s", price=9)
    assert not here.status("mine").position


async def test_nothing_is_closed_while_a_cancel_is_not_confirmed(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibtui.engine.strategies.leave.PATIENCE", 0.1)
    ref = await entered(here)
    resting = altered(
        here.host.orders[ref], ref="rrrrrrrrrrrr", side=Side.SELL, status=OrderStatus.WORKING, filled=Decimal(0)
    )
    here.host.orders[resting.ref] = resting
    here.host.slow_cancels = True
    sentence = await here.supervisor.stop("mine", then="close")
    assert "not confirmed as cancelled" in sentence
    assert len(here.host.intents) == 1


REMEMBERS = """
    def on_bar(self, bar):
        self.memory["bars"] = self.memory.get("bars", 0) + 1
        self.explain("{} bars", self.memory["bars"])
"""


async def test_memory_and_what_was_on_outlive_a_killed_engine(tmp_path: Path) -> None:
    latches = Kept()
    async with house(tmp_path, latches=latches) as before:
        before.write("mine", REMEMBERS)
        await before.supervisor.describe_all()
        before.trade(10)
        await before.supervisor.start("mine", {})
        await before.decide("mine", 10, 10)
        kept = dict(latches.values)
    killed = Kept()
    killed.values = kept
    after = House(tmp_path, None, killed)
    try:
        after.trade(10)
        await after.supervisor.describe_all()
        after.supervisor.on_session(True)
        await after.host.until(lambda: after.status("mine").state == "running" or after.host.asked_bars)
        await after.host.until(lambda: any("back after a restart" in line for line in after.host.lines))
        await after.decide("mine", 10)
        assert after.status("mine").decision == "3 bars"
    finally:
        await after.supervisor.close()
    assert after.supervisor.store.left_on == ()


async def test_a_run_comes_back_paused_when_one_of_its_orders_is_unknown(tmp_path: Path) -> None:
    latches = Kept()
    async with house(tmp_path, latches=latches) as before:
        before.write("mine", ENTER)
        await before.supervisor.describe_all()
        before.trade(10)
        await before.supervisor.start("mine", {})
        await before.decide("mine", 10)
        await before.host.until(lambda: before.host.orders)
        kept, orders = dict(latches.values), before.host.orders
    killed = Kept()
    killed.values = kept
    after = House(tmp_path, None, killed)
    try:
        after.host.orders = orders
        after.host.change(next(iter(orders)), OrderStatus.UNKNOWN)
        after.trade(10)
        await after.supervisor.describe_all()
        after.supervisor.on_session(True)
        await after.host.until(lambda: any("back after a restart" in line for line in after.host.lines))
        status = after.status("mine")
        assert status.state == "paused"
        assert "is unknown" in status.reason
    finally:
        await after.supervisor.close()


async def test_too_much_memory_ends_it(here: House) -> None:
    here.write("mine", "def on_bar(self, bar):\n    self.memory['x'] = 'y' * 100_000\n")
    await here.supervisor.start("mine", {})
    here.trade(10)
    status = await here.until_state("mine", "failed")
    assert "64 KiB" in status.reason


async def test_what_cannot_be_kept_is_said(here: House) -> None:
    here.write("mine", "def on_bar(self, bar):\n    self.memory['x'] = object()\n")
    await here.supervisor.start("mine", {})
    here.trade(10)
    status = await here.until_state("mine", "failed")
    assert "memory holds what cannot be kept" in status.reason


FOR_TRADER = """
class Mine(Strategy):
    for_trader = True
    symbol: str = param("SPY", kind="symbol")
    bar: str = param("1s", kind="bar")

    def on_bar(self, bar):
        self.explain("holds {:g}", self.position(bar.symbol))
        if self.position(bar.symbol) > 100:
            self.close(bar.symbol)
"""


async def test_an_execution_algorithm_trades_the_traders_position(here: House) -> None:
    here.write("mine", FOR_TRADER)
    here.host.account_holds["SPY"] = Decimal(100)
    await here.supervisor.describe_all()
    sentence = await here.supervisor.start("mine", {"symbol": "SPY"})
    assert sentence.startswith("mine.SPY is on")
    await here.decide("mine.SPY", 10)
    assert here.status("mine.SPY").decision == "holds 100"
    here.host.account_holds["SPY"] = Decimal(5_000)
    here.telling.on_position("SPY")
    await here.decide("mine.SPY", 10)
    await here.host.until(lambda: here.host.intents)
    intent = here.host.intents[0]
    assert (intent.owner, intent.quantity, intent.reduce_only) == ("mine.SPY", Decimal(5_000), True)


async def test_a_failure_is_told_to_who_does_not_look(here: House) -> None:
    here.write("mine", "def on_bar(self, bar):\n    1 / 0\n")
    await here.supervisor.start("mine", {})
    here.trade(10)
    await here.until_state("mine", "failed")
    assert [kind for kind, _ in here.host.notices] == ["failed"]
