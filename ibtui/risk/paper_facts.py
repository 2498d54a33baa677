"""The world of an order that no broker sees, as the gate reads worlds: over the past, and in shadow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from ibtui.domain.combo import combo_quote, combo_seen, weights
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.risk.facts import Facts, Part, Recent
from ibtui.risk.options import Stake
from ibtui.risk.parts import in_symbol
from ibtui.risk.positions import counts


class PaperOrder(Protocol):
    """An order as a book on bars keeps it; `sign` is 1 for a buy, -1 for a sale."""

    @property
    def ref(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def sign(self) -> int: ...
    @property
    def quantity(self) -> float: ...
    @property
    def kind(self) -> str: ...
    @property
    def price(self) -> float: ...
    @property
    def role(self) -> str: ...
    @property
    def legs(self) -> tuple[tuple[str, int], ...]: ...


def traded(order: PaperOrder) -> Iterator[tuple[str, float]]:
    """What it trades, by symbol, signed; of a combo each leg."""
    for symbol, ratio in order.legs or ((order.symbol, 1),):
        yield symbol, order.sign * ratio * order.quantity


def _one(currency: str) -> float:
    """The rate where there is but one currency."""
    return 1.0


@dataclass(frozen=True, kw_only=True)
class PaperWorld:
    """What a book on paper tells of itself; its account holds what its one strategy holds."""

    working: Mapping[str, PaperOrder]
    """By ref, every order that may still trade."""

    positions: Callable[[], Mapping[str, float]]
    """Signed quantities by symbol."""
    orders: Callable[[str], Iterable[Order]]
    """Those of an instrument, combos with it as a leg too."""
    quote: Callable[[str], Quote | None]
    """The market as it is now; made of the last price where that is all there is."""
    instrument: Callable[[str], Instrument | None]
    currency: Callable[[], str] = str
    """The account's; empty where there is but one, that of what is traded."""
    rate: Callable[[str], float] = _one
    """What one of a currency is in the account's; not a number while that is not known."""


def last_quote(symbol: str, price: float | None) -> Quote | None:
    """The market where only its last price is known: both sides are there."""
    return None if price is None or price != price else Quote(symbol=symbol, bid=price, ask=price, last=price)


def paper_facts(
    intent: OrderIntent,
    world: PaperWorld,
    now: float,
    *,
    equity: float | None,
    sent: int = 0,
    recent: tuple[Recent, ...] = (),
    without: Collection[str] = (),
) -> Facts:
    """What the gate judges an intent by. Nothing on paper is halted, unsure or late; orders in `without` are gone.

    `now` is in seconds, as are the times in `recent`; `equity` is None while it is not known.
    """
    seen = _Seen(world, now, without)
    positions = world.positions()
    parts = seen.parts(intent, positions)
    known = {part.instrument.symbol: part.instrument for part in parts}
    instrument = combo_seen(intent.combo, known) if known else world.instrument(intent.symbol)
    return Facts(
        connection="active",
        halted=False,
        read_only=False,
        instrument=instrument,
        quote=seen.market(intent, known),
        now=now,
        held=_held(positions, intent.symbol),
        orders=seen.orders(intent.symbol),
        sent=sent,
        equity=equity,
        rate=1.0 if instrument is None else world.rate(instrument.currency),
        currency=world.currency() or ("" if instrument is None else instrument.currency),
        recent=recent,
        parts=parts,
        gross=seen.gross(intent, known),
        stakes=seen.stakes(instrument, positions),
    )


class InstrumentTrade(NamedTuple):
    """What an intent trades of one instrument, with what is held of it and works in it."""

    item: Instrument
    side: Side
    quantity: Decimal
    held: Decimal
    orders: tuple[Order, ...]


def trades(intent: OrderIntent, facts: Facts) -> Iterator[InstrumentTrade]:
    """What it trades of each instrument that is known."""
    for part in facts.parts:
        yield InstrumentTrade(part.instrument, *part.trades(intent), part.held or Decimal(0), part.orders)
    if facts.instrument is not None and not intent.combo:
        yield InstrumentTrade(facts.instrument, intent.side, intent.quantity, facts.held or Decimal(0), facts.orders)


def _held(positions: Mapping[str, float], symbol: str) -> Decimal:
    return Decimal(str(positions.get(symbol, 0)))


@dataclass(frozen=True)
class _Seen:
    """A world as it is judged at one moment."""

    world: PaperWorld
    now: float
    without: Collection[str]

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return tuple(order for order in in_symbol(self.world.orders(symbol), symbol) if order.ref not in self.without)

    def quote(self, symbol: str) -> Quote | None:
        quote = self.world.quote(symbol)
        return None if quote is None else replace(quote, received=self.now)

    def parts(self, intent: OrderIntent, positions: Mapping[str, float]) -> tuple[Part, ...]:
        found = [(leg, self.world.instrument(leg.symbol)) for leg in intent.combo]
        return tuple(
            Part(leg=leg, instrument=item, held=_held(positions, leg.symbol), orders=self.orders(leg.symbol))
            for leg, item in found
            if item is not None and None not in (one for _, one in found)
        )

    def market(self, intent: OrderIntent, known: Mapping[str, Instrument]) -> Quote | None:
        if not intent.combo:
            return self.quote(intent.symbol)
        quotes = {symbol: quote for symbol in known if (quote := self.quote(symbol)) is not None}
        return combo_quote(intent.symbol, intent.combo, known, quotes) if known else None

    def gross(self, intent: OrderIntent, known: Mapping[str, Instrument]) -> float:
        shares = weights(intent.combo, known) if known else {}
        quotes = ((weight, self.quote(symbol)) for symbol, weight in shares.items())
        return sum(abs(weight) * (quote.mid or 0.0) for weight, quote in quotes if quote is not None)

    def stakes(self, instrument: Instrument | None, positions: Mapping[str, float]) -> tuple[Stake, ...]:
        """What there is of an underlying, less what orders would sell of it; nothing where no option is in play."""
        if instrument is None:
            return ()
        left = {symbol: _held(positions, symbol) for symbol in positions}
        for symbol, signed in self._sold():
            left[symbol] = left.get(symbol, Decimal(0)) + Decimal(str(signed))
        items = {symbol: item for symbol in left if (item := self.world.instrument(symbol)) is not None}
        if not instrument.right and instrument.sec_type != "BAG" and not any(item.right for item in items.values()):
            return ()
        of = instrument.root, instrument.currency
        return tuple(Stake(item, left[name]) for name, item in items.items() if (item.root, item.currency) == of)

    def _sold(self) -> Iterator[tuple[str, float]]:
        """What entries and exits that work may still sell, by symbol, below zero."""
        for order in self.world.working.values():
            if counts(order.role) and order.kind != "STP" and order.ref not in self.without:
                yield from ((symbol, signed) for symbol, signed in traded(order) if signed < 0)
