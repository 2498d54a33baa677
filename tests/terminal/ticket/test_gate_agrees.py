"""A ticket refuses what the gate would refuse and nothing else, as far as it judges: lots, ticks and exits' sides."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from ibtui.commands.command import Trade
from ibtui.config import Limits
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms
from ibtui.risk import gate
from ibtui.risk.facts import Facts
from ibtui.terminal.ticket import model
from ibtui.terminal.ticket.model import Ticket
from tests.terminal.scripted import AAPL, ESZ6, quote

NEAR = {"AAPL": 187.42, "ESZ6": 6840.25}


def by_ticket(ticket: Ticket, market: Quote) -> bool:
    try:
        return isinstance(model.command(ticket, market), Trade)
    except IbtuiError:
        return False


def by_gate(ticket: Ticket, market: Quote) -> bool:
    price = ticket.price if ticket.type is OrderType.LMT else None
    terms = Terms(
        symbol=ticket.instrument.symbol,
        side=ticket.side,
        quantity=ticket.quantity or Decimal(0),
        type=ticket.type,
        limit_price=price,
    )
    intent = OrderIntent(ref="r", owner="you", terms=terms, target=ticket.target, protect=ticket.stop)
    facts = Facts(
        connection="active",
        halted=False,
        read_only=False,
        instrument=ticket.instrument,
        quote=market,
        now=1.0,
        held=Decimal(0),
    )
    return all(rule(intent, facts, Limits()) is None for rule in (gate.quantity, gate.prices, gate.bracket))


def prices(instrument: Instrument) -> st.SearchStrategy[Decimal]:
    """Prices near the market, on its grid and off it."""
    near, tick = Decimal(str(NEAR[instrument.symbol])), instrument.tick
    return st.builds(lambda steps, off: near + steps * tick + off, st.integers(-40, 40), st.sampled_from(OFF))


OFF = [Decimal(0), Decimal(0), Decimal(0), Decimal("0.001")]


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    instrument = draw(st.sampled_from([AAPL, ESZ6]))
    some = st.none() | prices(instrument)
    return Ticket(
        instrument=instrument,
        side=draw(st.sampled_from(Side)),
        quantity=draw(st.none() | st.decimals(0, 300, places=1) | st.integers(0, 300).map(Decimal)),
        type=draw(st.sampled_from([OrderType.LMT, OrderType.MKT])),
        follow=None,
        price=draw(prices(instrument)),
        target=draw(some),
        stop=draw(some),
    )


@given(tickets())
@example(Ticket(instrument=AAPL, side=Side.BUY, quantity=Decimal(1), follow=None, price=Decimal(0)))
@example(
    Ticket(instrument=AAPL, side=Side.SELL, quantity=Decimal(1), follow=None, price=Decimal(187), target=Decimal(187))
)
@example(
    Ticket(instrument=ESZ6, side=Side.BUY, quantity=Decimal(1), follow=None, price=Decimal(6840), stop=Decimal(6840))
)
@example(
    Ticket(instrument=AAPL, side=Side.BUY, quantity=Decimal(1), type=OrderType.MKT, target=Decimal("187.43"), stop=None)
)
def test_a_ticket_judges_as_the_gate_does(ticket: Ticket) -> None:
    near = NEAR[ticket.instrument.symbol]
    market = quote(ticket.instrument.symbol, near - float(ticket.instrument.tick), near)
    assert by_ticket(ticket, market) == by_gate(ticket, market)
