"""Orders under an id of their caller's: sent once, whoever asks how often, over a restart and a lost journal."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from ibtui.broker import Session
from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus
from ibtui.link.messages import Do, Outcome, Plan, Preview
from tests.broker.sessions import QUICK
from tests.clocks import PATIENCE
from tests.engine.markets import CALM, hold, placed
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

PLACE_ORDER, COMPLETED_ORDER = 3, 101
BRACKET = "buy 100 AAPL @ 186.00 tp 195 sl 180"


class Doubtful(Session):
    """A session whose proof of life fails when the test says so."""

    silent = False

    async def prove(self, limit: float = 1.0) -> None:
        if self.silent:
            raise IbtuiError("no_answer", "IB does not answer: nothing was sent.")
        await super().prove(limit)


async def ask(engine: Driver, text: str, name: str = "one", wait: bool = True) -> Outcome:
    """`ibtui do TEXT --id NAME --yes`."""
    outcome = await engine.ask(Do(command=parse(text), wait=wait, id=name))
    assert isinstance(outcome, Outcome)
    return outcome


async def refused(engine: Driver, text: str, name: str = "one") -> IbtuiError:
    with pytest.raises(IbtuiError) as caught:
        await ask(engine, text, name)
    return caught.value


def refs(outcome: Outcome) -> set[str]:
    return {order.ref for order in outcome.orders}


def lose_journal(folder: Path) -> None:
    for file in (folder / "paper").glob("journal.sqlite*"):
        file.unlink()


async def resumed(engine: Driver, lost: bool) -> None:
    """An engine that lost its journal starts halted, and a person has looked."""
    assert (await engine.status()).halted is lost
    await engine.do("resume")


@pytest.mark.parametrize("text", ["buy 100 AAPL market", "buy 100 AAPL @ 186.00", BRACKET, "sell 10 AAPL stop 180"])
async def test_asked_twice_is_sent_once(tmp_path: Path, text: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        first, second = await ask(engine, text), await ask(engine, text)
        assert not first.repeated
        assert second.repeated
        assert refs(second) == refs(first)
        assert {order.status for order in second.orders} == {order.status for order in first.orders}
        assert second.message.startswith("one was sent before, nothing was sent now: ")
        assert placed(gateway) == len(first.orders)
        assert (await refused(engine, text, "other")).code == "duplicate"


async def test_clients_that_ask_at_the_same_time_send_one_order(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        drivers = [Driver(engine.engine, engine.socket) for _ in range(5)]
        await asyncio.gather(*(driver.attach() for driver in drivers))
        outcomes = await asyncio.gather(*(ask(driver, "buy 7 AAPL market") for driver in drivers for _ in range(4)))
        assert placed(gateway) == 1
        assert sum(not outcome.repeated for outcome in outcomes) == 1
        assert len(set().union(*map(refs, outcomes))) == 1
        await asyncio.gather(*(driver.client.close() for driver in drivers))


OTHER_TERMS = [
    "buy 101 AAPL @ 186.00 tp 195 sl 180",
    "sell 100 AAPL @ 186.00 tp 180 sl 195",
    "buy 100 MSFT @ 186.00 tp 195 sl 180",
    "buy 100 AAPL @ 186.01 tp 195 sl 180",
    "buy 100 AAPL market tp 195 sl 180",
    "buy 100 AAPL @ 186.00 tp 196 sl 180",
    "buy 100 AAPL @ 186.00 tp 195",
    "buy 100 AAPL @ 186.00 tp 195 sl 180 gtc",
    "close AAPL",
    "flatten all",
]


@pytest.mark.parametrize("lost", [False, True], ids=["journal", "journal lost"])
async def test_other_terms_under_the_same_id_are_refused_and_both_are_shown(tmp_path: Path, lost: bool) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await ask(engine, BRACKET)
        if lost:
            lose_journal(tmp_path)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await resumed(engine, lost)
            await engine.do("buy 5 AAPL market")
            for text in OTHER_TERMS:
                error = await refused(engine, text)
                assert error.code == "id_taken", text
                assert f"`{text.replace('186.00', '186')}`" in error.message
                assert ("BUY 100 AAPL LMT 186.00" if lost else BRACKET.replace("186.00", "186")) in error.message
            assert placed(gateway) == 4
            assert (await ask(engine, BRACKET)).repeated


@pytest.mark.parametrize("lost", [False, True], ids=["journal", "journal lost"])
@pytest.mark.parametrize("text", ["buy 100 AAPL market", "buy 100 AAPL @ 186.00", BRACKET])
async def test_it_is_known_after_a_restart(tmp_path: Path, text: str, lost: bool) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            first = await ask(engine, text)
        if lost:
            lose_journal(tmp_path)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            again = await ask(engine, text)
            assert again.repeated
            assert refs(again) == refs(first)
            assert placed(gateway) == len(first.orders)


@pytest.mark.parametrize("lost", [False, True], ids=["journal", "journal lost"])
@pytest.mark.parametrize(
    "text", ["flatten all", "flatten AAPL", "close AAPL", "close AAPL 30", "close AAPL 30 @ 187.40"]
)
async def test_a_close_is_known_when_nothing_is_held_any_more(tmp_path: Path, text: str, lost: bool) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await engine.do("buy 100 AAPL market sl 180")
            if text == "flatten all":
                await engine.do("buy 10 MSFT market")
            first = await ask(engine, text)
            sent = placed(gateway)
            assert len(first.orders) == (2 if text == "flatten all" else 1)
            assert refs(await ask(engine, text)) == refs(first)
        if lost:
            lose_journal(tmp_path)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            again = await ask(engine, text)
            assert again.repeated
            assert refs(again) == refs(first)
            assert placed(gateway) == sent


async def test_who_asks_again_while_the_engine_still_connects_never_doubles(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            first = await ask(engine, "buy 10 AAPL market")
        lose_journal(tmp_path)
        async with running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine:
            again, codes = None, set()
            async with asyncio.timeout(PATIENCE):
                while again is None:
                    try:
                        again = await ask(engine, "buy 10 AAPL market")
                    except IbtuiError as error:
                        codes.add(error.code)
            assert codes <= {"not_connected", "not_active", "too_many_requests", "halted"}  # as a lost journal begins
            assert again.repeated
            assert refs(again) == refs(first)
            assert placed(gateway) == 1


async def test_what_an_interrupted_flatten_left_is_told_and_not_sent(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        first = await ask(engine, "flatten all")
        assert not first.closings or not first.closings[0].why
        await engine.do("buy 10 MSFT market")
        sent = placed(gateway)
        again = await ask(engine, "flatten all")
        assert again.repeated
        assert [(closing.symbol, closing.left) for closing in again.closings] == [("MSFT", Decimal(10))]
        assert "MSFT 10 is held and not closed under this id" in again.message
        assert placed(gateway) == sent


async def test_a_refusal_at_the_last_moment_is_not_the_answer_for_ever(tmp_path: Path) -> None:
    calm = CALM | {"session_type": partial(Doubtful, timings=QUICK)}
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **calm) as engine:
        hold(gateway)
        session = engine.engine.parts.session
        assert isinstance(session, Doubtful)
        session.silent = True
        assert (await refused(engine, "buy 10 AAPL market")).code == "no_answer"
        session.silent = False
        assert not (await ask(engine, "buy 10 AAPL market")).repeated
        assert placed(gateway) == 1


async def test_what_was_refused_may_be_asked_again_under_its_id(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        assert (await refused(engine, "buy 10 AAPL @ 300")).code == "price_collar"
        await engine.do("halt")
        assert (await refused(engine, "buy 10 AAPL market")).code == "halted"
        await engine.do("resume")
        assert not (await ask(engine, "buy 10 AAPL market")).repeated
        assert placed(gateway) == 1


async def test_an_order_without_an_answer_is_not_sent_again(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            gateway.faults.swallow(PLACE_ORDER)
            first = await ask(engine, "buy 10 AAPL market", wait=False)
            second = await ask(engine, "buy 10 AAPL market", wait=False)
            assert refs(second) == refs(first)
            assert second.orders[0].status is OrderStatus.PENDING
        gateway.faults.reset()
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            third = await ask(engine, "buy 10 AAPL market")
            assert third.orders[0].status is OrderStatus.UNKNOWN
            assert not third.answered
            assert placed(gateway) == 0


async def test_a_preview_sends_under_its_id_and_tells_when_that_was_sent(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        command = parse(BRACKET)
        plans = [await engine.ask(Preview(command=command, id="one")) for _ in range(2)]
        assert placed(gateway) == 0
        outcomes = []
        for plan in plans:
            assert isinstance(plan, Plan)
            outcomes.append(await engine.send(plan.token))
        assert [outcome.repeated for outcome in outcomes] == [False, True]
        assert placed(gateway) == 3
        assert refs(await ask(engine, BRACKET)) == refs(outcomes[0])
        with pytest.raises(IbtuiError, match="one was sent before") as taken:
            await engine.ask(Preview(command=command, id="one"))
        assert taken.value.code == "id_taken"


@pytest.mark.parametrize("name", [" ", "-a", ".", "a b", "ä", "x" * 65, "a/b", "a\n"])
async def test_an_id_that_cannot_be_one_is_one_sentence(tmp_path: Path, name: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        error = await refused(engine, "buy 10 AAPL market", name)
        assert error.code == "bad_id"
        assert error.message.startswith("An id is 1 to 64 letters, digits, and . _ : -")
        assert placed(gateway) == 0


async def test_an_id_goes_with_an_order_and_never_hinders_a_cancel_or_a_halt(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        assert (await refused(engine, "alert AAPL above 190")).code == "bad_id"
        await ask(engine, "buy 10 AAPL @ 186.00")
        assert "1 confirmed" in (await ask(engine, "cancel all")).message
        assert (await ask(engine, "buy 10 AAPL @ 186.00")).orders[0].status is OrderStatus.CANCELLED
        assert "halted" in (await ask(engine, "halt")).message


async def test_flatten_under_an_id_where_nothing_is_held_cancels(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 10 AAPL @ 186.00")
        assert "1 confirmed" in (await ask(engine, "flatten all")).message


async def test_before_the_account_is_known_nothing_is_sent(tmp_path: Path) -> None:
    async with running_engine(tmp_path, 1, ready=False, **CALM) as engine:
        assert (await refused(engine, "buy 10 AAPL market")).code == "not_connected"


async def test_executions_alone_prove_that_it_was_sent(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await ask(engine, "buy 10 AAPL market")
        lose_journal(tmp_path)
        gateway.faults.suppress(COMPLETED_ORDER)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            error = await refused(engine, "buy 10 AAPL market")
            assert error.code == "id_taken"
            assert "executions" in error.message
            assert placed(gateway) == 1
