"""Combos: several instruments traded as one order. Their name, what they cost together, and how many a fill makes up.

A combo's price is for one unit of the leg with the largest multiplier, as IB counts it: a spread of two options costs
the difference of their prices. It is what a buyer pays, so it may be zero or below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument, last_day
from ibtui.domain.money import plain
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import ComboLeg

MOST_LEGS = 6
TICK = Decimal("0.01")
"""The price step of every combo, whatever those of its legs are."""

Instruments = Mapping[str, Instrument]
"""Instruments of the legs, by symbol."""


def combo_legs(wanted: Sequence[tuple[str, int]]) -> tuple[ComboLeg, ...]:
    """Legs from symbols and signed ratios: 1 for one to buy, -1 for one to sell.

    Raises IbtuiError `bad_combo` for fewer than two or more than six, a ratio of 0, or a symbol that comes twice.
    """
    symbols = [symbol for symbol, _ in wanted]
    if not 2 <= len(wanted) <= MOST_LEGS:
        raise IbtuiError("bad_combo", f"A combo has two to {MOST_LEGS} legs, not {len(wanted)}.")
    if len(set(symbols)) < len(symbols):
        raise IbtuiError("bad_combo", "A combo names each instrument once; use the ratio for more of it.")
    if not all(ratio and ratio == int(ratio) for _, ratio in wanted):
        raise IbtuiError("bad_combo", "A leg's ratio is a whole number: 1 to buy one, -1 to sell one.")
    return tuple(
        ComboLeg(symbol=symbol, side=Side.BUY if ratio > 0 else Side.SELL, ratio=abs(int(ratio)))
        for symbol, ratio in wanted
    )


def combo_instrument(legs: Sequence[ComboLeg], known: Instruments) -> Instrument:
    """The instrument of a combo that may be traded here.

    Raises IbtuiError `bad_combo` when the legs are not of one underlying and one currency.
    """
    if len({(known[leg.symbol].root, known[leg.symbol].currency) for leg in legs}) > 1:
        raise IbtuiError("bad_combo", "The legs of a combo must be of one underlying and one currency.")
    return combo_seen(legs, known)


def combo_seen(legs: Sequence[ComboLeg], known: Instruments) -> Instrument:
    """The instrument that anybody's combo is shown as; IB gives it no contract of its own before it trades.

    Other programs also combine several underlyings, as a pair of stocks: the first leg's root and currency stand then.
    """
    items = [known[leg.symbol] for leg in legs]
    options = [item for item in items if item.right]
    return Instrument(
        symbol=combo_name(legs, known),
        con_id=0,
        sec_type="BAG",
        root=items[0].root,
        exchange=(options or items)[0].exchange,
        currency=items[0].currency,
        multiplier=max(item.multiplier for item in items),
        tick=TICK,
        name=" ".join(f"{leg.side} {leg.ratio} {leg.symbol}" for leg in legs),
    )


def combo_known_by_name(name: str, legs: Sequence[ComboLeg], known: Instruments) -> Instrument:
    """The instrument of a combo whose legs may not be known yet, as after a restart: then bare, for its prices only."""
    if all(leg.symbol in known for leg in legs):
        return combo_seen(legs, known)
    root = name.partition(" ")[0]
    return Instrument(symbol=name, con_id=0, sec_type="BAG", root=root, exchange="SMART", currency="USD", tick=TICK)


def combo_name(legs: Sequence[ComboLeg], known: Instruments) -> str:
    """`AAPL 18DEC26 C190+P190`, `AAPL 18DEC26 C190-C200`, `AAPL C190/18DEC26-C190/15JAN27`: what buying it trades.

    Options of another trading class than their root are named by it, since both can have the same strikes on one day:
    `SPXW 18DEC26 C6700+P6700`, and of several classes each leg, `SPX 18DEC26 C6700-C6700/SPXW`.
    """
    items = [known[leg.symbol] for leg in legs]
    days, classes = ({item.expiry for item in items if item.right}, {_class(item) for item in items if item.right})
    one_day, root = len(days) == 1, next(iter(classes)) if len(classes) == 1 else items[0].root
    terms = "".join(_term(leg, item, root, with_day=not one_day) for leg, item in zip(legs, items, strict=True))
    return " ".join((root, *(_day_words(day) for day in days if one_day), terms.removeprefix("+")))


def _class(option: Instrument) -> str:
    return option.trading_class or option.root


def _term(leg: ComboLeg, item: Instrument, root: str, *, with_day: bool) -> str:
    sign = "+" if leg.side is Side.BUY else "-"
    many = "" if leg.ratio == 1 else str(leg.ratio)
    if not item.right:
        return f"{sign}{many}{item.symbol}"
    other = f"/{_class(item)}" if _class(item) != root else ""
    return f"{sign}{many}{item.right}{plain(item.strike)}{other}{f'/{_day_words(item.expiry)}' if with_day else ''}"


def _day_words(expiry: str) -> str:
    day = last_day(expiry)
    return "" if day is None else f"{day:%d%b%y}".upper()


def weights(legs: Sequence[ComboLeg], known: Instruments) -> dict[str, float]:
    """How often each leg's own price goes into the combo's, signed as the buyer of the combo pays it."""
    largest = max(known[leg.symbol].multiplier for leg in legs)
    return {leg.symbol: leg.side.sign * leg.ratio * float(known[leg.symbol].multiplier / largest) for leg in legs}


def combo_quote(name: str, legs: Sequence[ComboLeg], known: Instruments, quotes: Mapping[str, Quote]) -> Quote | None:
    """The market of a combo from the markets of its legs, as old as the oldest; None when one has none.

    Bought it pays the asks of what it buys and gets the bids of what it sells.
    """
    found = {leg.symbol: quotes.get(leg.symbol) for leg in legs}
    bid = ask = 0.0
    for symbol, weight in weights(legs, known).items():
        quote = found[symbol]
        if quote is None or quote.bid is None or quote.ask is None:
            return None
        bid += weight * (quote.bid if weight > 0 else quote.ask)
        ask += weight * (quote.ask if weight > 0 else quote.bid)
    received = min(quote.received for quote in found.values() if quote is not None)
    kinds = {quote.kind for quote in found.values() if quote is not None} - {"real-time"}
    return Quote(
        symbol=name,
        bid=round(bid, 6),
        ask=round(ask, 6),
        received=received,
        kind=min(kinds) if kinds else "real-time",
        halted=any(quote.halted for quote in found.values() if quote is not None),
    )


def combos_filled(legs: Sequence[ComboLeg], fills: Iterable[Fill]) -> Decimal:
    """How many whole combos the fills of an order make up: as many as of the leg that is furthest behind."""
    traded: dict[str, Decimal] = {}
    for fill in fills:
        traded[fill.symbol] = traded.get(fill.symbol, Decimal(0)) + fill.quantity
    return min(traded.get(leg.symbol, Decimal(0)) // leg.ratio for leg in legs)


def combo_price(legs: Sequence[ComboLeg], known: Instruments, fills: Iterable[Fill]) -> float | None:
    """The average price of a combo by the fills of its legs; None before each leg has traded."""
    paid: dict[str, list[tuple[float, float]]] = {leg.symbol: [] for leg in legs}
    for fill in fills:
        if fill.symbol in paid:
            paid[fill.symbol].append((float(fill.quantity), fill.price))
    if not all(paid.values()) or not all(leg.symbol in known for leg in legs):
        return None
    average = {
        symbol: sum(quantity * price for quantity, price in found) / sum(quantity for quantity, _ in found)
        for symbol, found in paid.items()
    }
    return round(sum(weight * average[symbol] for symbol, weight in weights(legs, known).items()), 6)
