"""`ibtui do "start ..."`: an algorithm is shown first, any other strategy is understood."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from ibtui.cli.order import carry_out
from ibtui.cli.report import print_status
from ibtui.domain.ability import HALTED_BECAUSE
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.position import Position
from ibtui.domain.terms import Terms
from ibtui.link.messages import Answer, Ask, Check, Do, Outcome, Plan, Preview
from ibtui.link.status import ShadowBook, StrategyStatus
from ibtui.terminal.places.details import session_facts
from tests.terminal.scripted import snapshot, status_of

SHOWN = Plan(
    token="t",
    sentence="SELL 100 AAPL by chase: step=1\nin place of SELL 100 AAPL LMT 190.00, cancelled first",
    legs=(),
    effect="closes",
    effect_sentence="CLOSES a long of 100",
)


def test_an_algorithm_is_shown_and_not_started(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Ask] = []

    def ask(question: Ask) -> Answer:
        asked.append(question)
        return SHOWN

    assert carry_out(ask, "start chase replacing abcd symbol=AAPL side=sell", yes=False, as_json=False) == 0
    assert [type(question) for question in asked] == [Preview]
    told = capsys.readouterr().out
    assert told.startswith(SHOWN.sentence)
    assert told.endswith("Nothing was started. Add --yes to start it.\n")


def test_a_strategy_without_a_preview_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    def ask(question: Ask) -> Answer:
        if isinstance(question, Preview):
            raise IbtuiError("bad_command", "This command needs no preview.")
        assert isinstance(question, Check)
        return Outcome(message="sma_cross takes these parameters.")

    assert carry_out(ask, "start sma_cross", yes=False, as_json=False) == 0
    assert capsys.readouterr().out == (
        "Understood: start sma_cross. sma_cross takes these parameters. Add --yes to do it.\n"
    )


def test_what_may_not_start_is_an_error() -> None:
    def ask(question: Ask) -> Answer:
        raise IbtuiError("bad_order", "SELL 100 AAPL STP 180.00 guards a position.")

    with pytest.raises(IbtuiError, match="guards a position"):
        carry_out(ask, "start chase replacing abcd symbol=AAPL side=sell", yes=False, as_json=False)


def test_with_yes_it_is_done_in_one_step() -> None:
    asked: list[Ask] = []

    def ask(question: Ask) -> Answer:
        asked.append(question)
        return Outcome(message="chase.AAPL is on")

    assert carry_out(ask, "start chase replacing abcd symbol=AAPL side=sell", yes=True, as_json=False) == 0
    assert [type(question) for question in asked] == [Do]


def test_the_status_shows_a_flat_position_whose_exits_are_left_over(capsys: pytest.CaptureFixture[str]) -> None:
    flat = Position(symbol="AAPL", quantity=SHOWN.bare, cover="OVER")
    print_status(status_of(snapshot(positions=(flat,))))
    (row,) = [line.split() for line in capsys.readouterr().out.splitlines() if "OVER" in line]
    assert row == ["AAPL", "0", "–", "–", "–", "OVER"]


def test_the_status_shows_what_a_shadow_would_do_apart_from_what_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    terms = Terms(symbol="SPY", side=Side.SELL, quantity=Decimal(100), type="STP", stop_price=Decimal("9.5"), tif="GTC")
    stop = Order(ref="shadow1-s", owner="shadow", role="stop", terms=terms, status=OrderStatus.WORKING)
    fill = Fill(
        exec_id="shadow.1.01",
        ref="shadow1",
        symbol="SPY",
        side=Side.BUY,
        quantity=Decimal(100),
        price=10.01,
        time=datetime(2026, 3, 2, 15, tzinfo=UTC),
        owner="shadow",
    )
    dip = StrategyStatus(name="dip", state="shadow", shadow=ShadowBook(orders=(stop,), fills=(fill,)))
    print_status(replace(status_of(snapshot()), strategies=(dip,)))
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "In shadow, nothing was sent",
        "  dip: would work: shadow1-s       SELL 100 SPY STP 9.5 GTC  working",
        "  dip: would have traded: BUY 100 SPY at 10.01",
    ]
    print_status(replace(status_of(snapshot()), strategies=(replace(dip, shadow=ShadowBook()),)))
    assert "nothing was sent" not in capsys.readouterr().out


def test_a_halt_says_once_that_it_is_one_in_status_and_on_the_status_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    frame = snapshot()
    assert frame.session is not None
    session = replace(frame.session, state="halted", connection="active", reason=f"{HALTED_BECAUSE}by hand")
    print_status(replace(status_of(replace(frame, session=session)), halted=True))
    assert capsys.readouterr().out.splitlines()[0] == "paper  PAPER  HALTED: by hand"
    assert ("state", "HALTED: by hand") in session_facts(session)


@pytest.mark.parametrize("text", ["watch AAPL", "unwatch AAPL", "alert AAPL above 1", "unalert all", "alerts"])
def test_what_moves_no_order_is_done_at_once(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Ask] = []

    def ask(question: Ask) -> Outcome:
        asked.append(question)
        return Outcome(message="as it was done")

    assert carry_out(ask, text, yes=False, as_json=False) == 0
    assert [type(question) for question in asked] == [Do]
    assert capsys.readouterr().out == "as it was done\n"
    with pytest.raises(IbtuiError, match="no such thing"):
        carry_out(refusing, text, yes=False, as_json=False)


def refusing(question: Ask) -> Outcome:
    raise IbtuiError("unknown_symbol", "There is no such thing.")
