"""One sentence for an order and one for its effect: in the ticket, the preview, the line and the scripted engine."""

from __future__ import annotations

import re
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.cli.order import describe
from ibtui.commands.command import Trade
from ibtui.commands.grammar import parse
from ibtui.commands.written import written
from ibtui.domain.order import OrderStatus, Side
from ibtui.domain.terms import OrderType, TimeInForce
from ibtui.domain.words import effect_words, status_words
from ibtui.engine.commands import plan
from ibtui.engine.commands.wanted import InstrumentState, trade
from ibtui.engine.wording import order_line
from ibtui.link.messages import Plan
from ibtui.terminal.model import Model
from ibtui.terminal.places.cancel import standing
from ibtui.terminal.places.details import order_facts
from ibtui.terminal.places.prompt import described
from ibtui.terminal.ticket import estimate, model
from ibtui.terminal.ticket.model import Ticket
from tests.terminal.scripted import AAPL, HELD, order, plan_of, quote, snapshot

MARKET = quote("AAPL", 187.41, 187.42)


@st.composite
def _tickets(draw: st.DrawFn) -> Ticket:
    side = draw(st.sampled_from(Side))
    kind = draw(st.sampled_from([OrderType.MKT, OrderType.LMT]))
    away = side.sign * Decimal(draw(st.integers(1, 500))) / 100
    market = Decimal("187.41")
    return Ticket(
        instrument=AAPL,
        side=side,
        quantity=Decimal(draw(st.integers(1, 12_000))),
        type=kind,
        follow=None,
        price=market,
        target=draw(st.sampled_from([None, market + away + side.sign])),
        stop=draw(st.sampled_from([None, market - away - side.sign])),
        tif=draw(st.sampled_from(TimeInForce)),
    )


@given(_tickets(), st.integers(-12_000, 12_000))
def test_every_screen_says_the_same_of_an_order(ticket: Ticket, held: int) -> None:
    command = model.command(ticket, MARKET)
    assert isinstance(command, Trade)
    previewed = _previewed(command, Decimal(held))
    assert estimate.sentence(ticket, MARKET) == previewed.sentence
    assert effect_words(Decimal(held), ticket.side, command.quantity) == previewed.effect_sentence
    scripted, real = plan_of(command, ""), _previewed(command, HELD)
    assert (scripted.sentence, scripted.effect_sentence) == (real.sentence, real.effect_sentence)
    assert scripted.effect == real.effect


def _previewed(command: Trade, held: Decimal) -> Plan:
    """What an engine answers that holds so much."""
    holding = InstrumentState(instrument=AAPL, quote=MARKET, held=held, orders=())
    return plan.draft(trade(command, holding, lambda: "a" * 12), None).plan


@given(_tickets())
def test_a_line_is_understood_as_the_preview_says_it(ticket: Ticket) -> None:
    command = model.command(ticket, MARKET)
    said = described(parse(written(command)))
    assert _digits(said) == _digits(estimate.sentence(ticket, MARKET))


def _digits(sentence: str) -> str:
    """A line knows no instrument: its prices stand as they were typed, without zeros at the end."""
    return re.sub(r"(\.\d*?)0+\b", r"\1", sentence).replace(".,", ",").replace(". ", " ").removesuffix(".")


@pytest.mark.parametrize("status", OrderStatus)
def test_how_an_order_stands_is_said_alike_everywhere(status: OrderStatus) -> None:
    one = order("a" * 12, symbol="AAPL", status=status)
    shown = Model()
    shown.apply(snapshot(orders=(one,)))
    words = status_words(status)
    assert standing(shown, one) == f"BUY 200 AAPL LMT 181.90 {words}"
    assert order_line(one, AAPL)[1].startswith(f"BUY 200 AAPL LMT 181.90 {words}")
    assert describe(one).endswith(f"  {words}")
    assert dict(order_facts(one, UTC))["status"] == words
