"""What a worker knows of money: sizes and a shadow's books are in the account's currency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.domain.currency import NO_RATES, OwnCurrency
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import UNLIMITED, Ceilings, Limits
from ibtui.link.worker import Begin, Drawn, FromWorker, OrderRequest, Said, ShadowFilled, ShadowLimits
from ibtui.strategies import Strategy, param, step
from ibtui.worker.broker import LiveBroker
from ibtui.worker.shadow import Shadow

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DOLLARS = OwnCurrency("USD", NO_RATES.learn("EUR", "USD", 1.25).learn("USD", "JPY", 150.0))
SAP = Instrument(symbol="SAP.EUR", con_id=1, sec_type="STK", root="SAP", exchange="SMART", currency="EUR")
YEN = Instrument(symbol="USD.JPY", con_id=2, sec_type="CASH", root="USD", exchange="IDEALPRO", currency="JPY")
AAPL = Instrument(symbol="AAPL", con_id=3, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")
COIN = Instrument(
    symbol="BTC.EUR",
    con_id=4,
    sec_type="CRYPTO",
    root="BTC",
    exchange="PAXOS",
    currency="EUR",
    lot=Decimal("0.00000001"),
    tick=Decimal("0.01"),
)


class Sizes(Strategy):
    """Asks for what a test tells it to."""

    symbols: tuple[str, ...] = param(("SAP.EUR", "AAPL", "BTC.EUR"), kind="symbols")


class WorkerStage:
    """A broker of a live strategy, or of one in shadow, with what it says."""

    def __init__(
        self, kind: type[LiveBroker] = LiveBroker, own: OwnCurrency | None = DOLLARS, account: Limits = UNLIMITED
    ) -> None:
        self.said: list[FromWorker] = []
        held = ShadowLimits(account=account, strategy=Ceilings(), bounded=False)
        begin = Begin(parameters={}, position={}, orders=(), equity=100_000.0, limits=held, time=AT)
        names = tuple(one.symbol for one in (SAP, YEN, AAPL, COIN))
        self.broker = kind(self.said.append, begin, names)
        self.broker.currency = own
        self.broker.trade((SAP, YEN, AAPL, COIN))
        self.broker.live = self.broker.sending = True
        self.strategy = step.start(Sizes, self.broker, {"symbols": names})
        self.minute = 0

    def bar(self, symbol: str, price: float) -> None:
        """A bar at one price closes."""
        bar = Bar(symbol, AT + timedelta(minutes=self.minute), price, price, price, price)
        self.minute += 1
        self.broker.bars_closed((bar,), 60)
        step.step(self.strategy, self.broker, (bar,))

    def asked(self) -> list[OrderRequest]:
        return [one for one in self.said if isinstance(one, OrderRequest)]

    def words(self) -> list[str]:
        return [one.text for one in self.said if isinstance(one, Said | Drawn)]


def test_cash_is_the_accounts_and_prices_are_the_instruments() -> None:
    stage = WorkerStage()
    stage.bar("SAP.EUR", 200.0)
    stage.bar("AAPL", 200.0)
    stage.strategy.buy("SAP.EUR", cash=10_000)
    stage.strategy.buy("AAPL", cash=10_000)
    stage.strategy.buy("SAP.EUR", risk=1_250, sl=190.0)
    assert [float(one.terms.quantity) for one in stage.asked()] == [40, 50, 100]
    assert [stage.strategy.rate(symbol) for symbol in ("SAP.EUR", "AAPL", "USD.JPY")] == [1.25, 1.0, 1 / 150]


def test_a_coin_is_bought_for_the_same_money_in_its_own_currency() -> None:
    stage = WorkerStage()
    stage.bar("BTC.EUR", 80_000.0)
    stage.strategy.buy("BTC.EUR", cash=1_000)
    (one,) = stage.asked()
    assert one.terms.cash == Decimal(800)
    assert float(one.terms.quantity) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (OwnCurrency("USD"), "what EUR is worth in USD is not known yet: `watch EUR.USD`"),
        (OwnCurrency(), "IB has not said yet which currency the account is in: try again in a moment"),
    ],
)
def test_an_unknown_rate_asks_for_nothing_and_says_what_to_do(own: OwnCurrency, says: str) -> None:
    stage = WorkerStage(own=own)
    stage.bar("SAP.EUR", 200.0)
    assert stage.strategy.buy("SAP.EUR", cash=10_000) == ""
    assert stage.asked() == []
    assert stage.words() == [f"BUY SAP.EUR not asked: {says}"]
    assert stage.strategy.rate("SAP.EUR") is None


def test_a_shadow_refuses_what_the_desk_would_for_want_of_a_rate() -> None:
    stage = WorkerStage(Shadow, OwnCurrency("USD"), Limits(order_value=500_000))
    stage.bar("SAP.EUR", 200.0)
    stage.strategy.buy("SAP.EUR", 10)
    assert stage.strategy.orders("SAP.EUR") == ()
    (line,) = stage.words()
    assert "would be refused: SAP.EUR trades in EUR, and what EUR is worth in USD is not known yet" in line


def test_yen_are_held_against_a_limit_of_dollars() -> None:
    """30,000 USD.JPY are 30,000 dollars, whatever number of yen that is."""
    stage = WorkerStage(Shadow, account=Limits(order_value=500_000))
    stage.bar("USD.JPY", 150.0)
    stage.strategy.buy("USD.JPY", 30_000)
    assert [float(order.quantity) for order in stage.strategy.orders("USD.JPY")] == [30_000]
    stage.strategy.buy("USD.JPY", 600_000)
    assert "90,000,000.00 JPY, 600,000.00 USD" in stage.words()[-1]


@pytest.mark.parametrize(("fell", "stands"), [(1.0, True), (2.0, False)])
def test_a_days_loss_in_yen_is_counted_in_dollars(fell: float, stands: bool) -> None:
    """100,000 USD.JPY that fell by 1 yen lose 667 dollars, by 2 yen 1,333; the limit is 1,000."""
    stage = WorkerStage(Shadow, account=Limits(daily_loss=1_000))
    stage.bar("USD.JPY", 150.0)
    stage.strategy.buy("USD.JPY", 100_000)
    stage.bar("USD.JPY", 150.0)
    stage.strategy.buy("USD.JPY", 1_000, limit=100.0)
    stage.bar("USD.JPY", 150.0 - fell)
    assert bool(stage.strategy.orders("USD.JPY")) is stands


def test_what_a_trip_made_stays_at_the_rate_of_its_end() -> None:
    """A loss of 150,000 yen is 1,000 dollars when it ends; a dollar of 300 yen afterwards makes it no smaller."""
    stage = WorkerStage(Shadow, account=Limits(daily_loss=999))
    stage.bar("USD.JPY", 150.0)
    stage.strategy.buy("USD.JPY", 100_000)
    stage.bar("USD.JPY", 150.0)
    stage.strategy.close("USD.JPY")
    stage.bar("USD.JPY", 148.5)
    stage.broker.currency = OwnCurrency("USD", NO_RATES.learn("USD", "JPY", 300.0))
    stage.bar("USD.JPY", 148.5)
    stage.strategy.buy("USD.JPY", 1_000)
    assert "daily_loss" in stage.words()[-1]


trades = st.lists(st.tuples(st.integers(-300, 300).filter(bool), st.integers(90, 110)), min_size=1, max_size=8)


@given(trades, st.integers(90, 110))
def test_a_shadows_books_are_worth_what_its_fills_add_up_to(made: list[tuple[int, int]], last: int) -> None:
    """At one rate throughout: cash by hand, through flips and closes, and what is held at the last price."""
    stage = WorkerStage(Shadow)
    assert isinstance(stage.broker, Shadow)
    stage.bar("SAP.EUR", 100.0)
    for signed, price in made:
        (stage.strategy.buy if signed > 0 else stage.strategy.sell)("SAP.EUR", abs(signed))
        stage.bar("SAP.EUR", float(price))
    stage.bar("SAP.EUR", float(last))
    fills = [one.fill for one in stage.said if isinstance(one, ShadowFilled)]
    euro = sum(float(fill.signed) * (last - fill.price) for fill in fills)
    assert stage.broker._judge.worth == pytest.approx(100_000 + euro * 1.25)
