"""What `ibtui do` is told without --yes: what would be done, and every refusal that doing it would meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import Check, Outcome
from tests.engine.markets import CALM, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def checked(engine: Driver, text: str) -> str:
    answer = await engine.ask(Check(command=parse(text)))
    assert isinstance(answer, Outcome)
    return answer.message


async def test_a_check_says_what_would_be_done_and_does_nothing(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.until(lambda status: bool(status.strategies))
        order = (await engine.do("buy 1 AAPL @ 180")).orders[0]
        assert await checked(engine, "cancel all") == f"1 order would be cancelled: {order.ref} BUY 1 AAPL LMT 180."
        assert await checked(engine, f"cancel {order.ref}") == await checked(engine, "cancel AAPL")
        assert (await engine.order(order.ref, lambda _: True)).live
        assert await checked(engine, "halt") == ""
        assert await checked(engine, "stop sma_cross") == "sma_cross is off."


async def test_the_refusal_of_a_start_stays_in_the_log(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.refused("start sma")
        await engine.until(lambda _: engine.logged("start sma refused: There is no strategy 'sma'"))


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("cancel zzzz", "no_order", "zzzz"),
        ("cancel all", "no_order", "no working order"),
        ("settle zzzz gone", "no_order", "zzzz"),
        ("stop sma", "unknown_strategy", "did you mean 'sma_cross'?"),
        ("start sma", "unknown_strategy", "did you mean 'sma_cross'? Write `start sma_cross`."),
        ("start sma_cross fats=3", "bad_parameter", "did you mean 'fast'?"),
        ("set sma_cross fast=3", "not_running", "sma_cross is not running"),
        ("resume sma_cross", "not_running", "sma_cross is not running"),
        ("approve sma_cross", "no_file", "built in"),
        ("forget sma_cross", "not_running", "has not run"),
        ("forget nothing", "unknown_strategy", "nothing"),
    ],
)
async def test_a_check_refuses_what_doing_it_would(tmp_path: Path, text: str, code: str, words: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.until(lambda status: bool(status.strategies))
        with pytest.raises(IbtuiError, match=words.replace("?", r"\?").replace(".", r"\.")) as refused:
            await checked(engine, text)
        assert refused.value.code == code
        with pytest.raises(IbtuiError) as done:
            await engine.do(text)
        assert (done.value.code, done.value.message) == (refused.value.code, refused.value.message)
