"""Tokens on a clock of their own: each sends once, only for who saw it, and only while it is true."""

from __future__ import annotations

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.engine.commands.plan import Draft
from ibtui.engine.commands.tokens import REMEMBERED, Tokens
from ibtui.link.messages import Plan
from tests.clocks import MORNING, ManualClock

MINE, OTHERS, EPOCH = 1, 2, 5
ASK = {"AAPL": Quote(symbol="AAPL", bid=187.40, ask=187.42)}


def plan(shown: float | None = 187.42) -> Draft:
    """A buy that faced this price."""
    words = Plan(token="", sentence="BUY 100 AAPL", legs=(), effect="opens", effect_sentence="", seconds=30.0)
    return Draft(plan=words, intents=(), cancels=(), market={"AAPL": (Side.BUY, shown)}, steps={"AAPL": 0.10})


class Desk:
    """Tokens, their clock, and one token of a plan."""

    def __init__(self, shown: float | None = 187.42) -> None:
        self.clock = ManualClock(MORNING)
        self.tokens = Tokens(self.clock)
        self.draft = plan(shown)
        self.token = self.tokens.mint(self.draft, MINE, EPOCH)

    def refused(self, conversation: int = MINE, epoch: int = EPOCH, quotes: dict[str, Quote] = ASK) -> str:
        with pytest.raises(IbtuiError) as error:
            self.tokens.spend(self.token, conversation, epoch, quotes)
        return error.value.code

    def sent(self) -> bool:
        return self.tokens.spend(self.token, MINE, EPOCH, ASK) is self.draft


def test_it_sends_once() -> None:
    desk = Desk()
    assert desk.sent()
    assert desk.refused() == "token_used"


def test_it_is_spent_by_a_refusal_too() -> None:
    desk = Desk()
    assert desk.refused(epoch=EPOCH + 1) == "reconnected"
    assert desk.refused() == "token_used"


def test_another_conversation_neither_sends_nor_spends_it() -> None:
    desk = Desk()
    assert desk.refused(conversation=OTHERS) == "token_expired"
    assert desk.sent()


def test_one_that_was_never_minted_is_refused() -> None:
    desk = Desk()
    desk.token = "0123456789abcdef"
    assert desk.refused() == "token_expired"


@pytest.mark.parametrize(("seconds", "lives"), [(30.0, True), (30.001, False)])
def test_it_dies_with_time(seconds: float, lives: bool) -> None:
    desk = Desk()
    desk.clock.advance(seconds)
    assert desk.sent() if lives else desk.refused() == "token_expired"


@pytest.mark.parametrize("ask", [187.52, 187.32, None])
def test_a_market_that_moved_a_step_may_be_sent_and_one_that_is_gone_not(ask: float | None) -> None:
    desk = Desk()
    quotes = {"AAPL": Quote(symbol="AAPL", bid=187.30, ask=ask)}
    if ask is None:
        assert desk.refused(quotes=quotes) == "price_moved"
    else:
        assert desk.tokens.spend(desk.token, MINE, EPOCH, quotes) is desk.draft


@pytest.mark.parametrize("ask", [187.53, 187.31])
def test_a_market_that_moved_further_stops_it(ask: float) -> None:
    assert Desk().refused(quotes={"AAPL": Quote(symbol="AAPL", bid=187.30, ask=ask)}) == "price_moved"


def test_without_a_market_shown_there_is_nothing_to_compare() -> None:
    assert Desk(shown=None).sent()


def test_the_oldest_are_forgotten_and_then_refused() -> None:
    desk = Desk()
    newer = [desk.tokens.mint(desk.draft, MINE, EPOCH) for _ in range(REMEMBERED)]
    assert desk.refused() == "token_expired"
    assert desk.tokens.spend(newer[0], MINE, EPOCH, ASK) is desk.draft
