"""What a name is: by what IB told, by what the user wrote down, by the tables that ship; otherwise it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.currency import CURRENCIES
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, SecType
from ibtui.domain.options.chain import OptionName, option_name
from ibtui.domain.reference.coins import COINS, LOT, coin_name
from ibtui.domain.reference.futures import FUTURES, OTHER_ROOTS, future_name
from ibtui.domain.reference.indexes import INDEXES
from ibtui.domain.reference.line import contract, line
from ibtui.domain.reference.pairs import pair_in
from ibtui.domain.reference.suffixes import suffixed
from ibtui.domain.text.sanitize import sanitize

_STOCK = re.compile(r"[A-Z]{1,5}([. ][ABC])?")
"""A ticker as American exchanges give it, with the class of the share."""
_FOREIGN = re.compile(r"[A-Z0-9]{1,6}([. ][A-Z])?")
"""What may stand before the currency in the name of a stock: SAP.EUR, 7203.JPY, VOLV.B.SEK."""
_PLAIN_STOCK = "STK USD 1 0.01 SMART"
_EXAMPLE = "FUT USD 1000 0.01 NYMEX"


class Reference(Struct, frozen=True, kw_only=True):
    """From a symbol to its contract.

    The first that knows the symbol says what it is: `given` (this run's own word), `told` (IB's), `own` (the user's
    table) and then the tables of this room. The lines of `given` and `own` are those of
    `ibtui.domain.reference.line`, by symbol or, for every month of a future, by root.
    """

    given: Mapping[str, str] = {}
    told: Mapping[str, Instrument] = {}
    own: Mapping[str, str] = {}

    def of(self, symbol: str) -> Instrument:
        """The contract of a name; raises IbtuiError `no_contract` with what to write where nothing says it."""
        found = self.find(symbol)
        if found is None:
            raise unnamed(symbol)
        return found

    def find(self, symbol: str) -> Instrument | None:
        """The contract of a name; None where nothing says it."""
        return _written(symbol, self.given) or self.told.get(symbol) or _written(symbol, self.own) or shipped(symbol)

    def all_of(self, needed: Iterable[str], others: Iterable[str] = ()) -> dict[str, Instrument]:
        """The contract of each symbol that is needed, raises as `of` does; and of the others that something names."""
        found = {symbol: self.of(symbol) for symbol in needed}
        there = ((symbol, self.find(symbol)) for symbol in others)
        return {**{symbol: instrument for symbol, instrument in there if instrument is not None}, **found}


def shipped(symbol: str) -> Instrument | None:
    """What the tables that ship, and the form of a name, say it is; None where they say nothing, or two things."""
    option = option_name(symbol)
    if option is not None:
        return _option(symbol, option)
    if (month := future_name(symbol)) is not None:
        return _future(symbol, month.root)
    if pair := pair_in(symbol):
        return _made(symbol, "CASH", pair.base, "IDEALPRO", pair.quote, tick=pair.tick) if pair.tick else None
    if coin := coin_name(symbol):
        terms = COINS[coin]
        return _made(symbol, "CRYPTO", coin, terms.exchange, "USD", tick=terms.tick, lot=LOT) if terms.tick else None
    if index := INDEXES.get(symbol):
        return _made(symbol, "IND", symbol, index.exchange, index.currency)
    return None if symbol in FUTURES else _stock(symbol)


def is_plain(instrument: Instrument) -> bool:
    """Whether it is what a name is taken for when it says nothing else: a stock in dollars, in steps of a cent."""
    return line(instrument).split()[:4] == _PLAIN_STOCK.split()[:4] and instrument.lot == 1


def _written(symbol: str, lines: Mapping[str, str]) -> Instrument | None:
    """What a table of lines says of a symbol, or of the root of its month."""
    if symbol in lines:
        return contract(symbol, lines[symbol])
    month = future_name(symbol)
    if month is not None and month.root in lines and lines[month.root].upper().split()[:1] == ["FUT"]:
        return contract(symbol, lines[month.root], root=month.root)
    return None


def _option(symbol: str, option: OptionName) -> Instrument:
    return Instrument(
        symbol=symbol,
        con_id=0,
        sec_type="OPT",
        root=option.root,
        exchange="SMART",
        currency="USD",
        expiry=f"{option.expiry:%Y%m%d}",
        strike=option.strike,
        right=option.right,
        multiplier=Decimal(100),
    )


def _future(symbol: str, root: str) -> Instrument | None:
    root = OTHER_ROOTS.get(root, root)
    terms = FUTURES.get(root)
    if terms is None:
        return None
    return Instrument(
        symbol=symbol,
        con_id=0,
        sec_type="FUT",
        root=terms.symbol or root,
        exchange=terms.exchange,
        currency=terms.currency,
        trading_class=root,
        multiplier=Decimal(terms.multiplier),
        tick=Decimal(terms.tick),
    )


def _stock(symbol: str) -> Instrument | None:
    ticker, _, currency = symbol.rpartition(".")
    taken = ticker in CURRENCIES or ticker in COINS
    if currency in CURRENCIES and not taken and _FOREIGN.fullmatch(ticker):
        return _made(symbol, "STK", ticker, "SMART", currency)
    return _made(symbol, "STK", symbol, "SMART", "USD") if _STOCK.fullmatch(symbol) else None


def _made(
    symbol: str, kind: SecType, root: str, exchange: str, currency: str, *, tick: str = "0.01", lot: str = "1"
) -> Instrument:
    return Instrument(
        symbol=symbol,
        con_id=0,
        sec_type=kind,
        root=root,
        exchange=exchange,
        currency=currency,
        tick=Decimal(tick),
        lot=Decimal(lot),
    )


def unnamed(symbol: str) -> IbtuiError:
    """The refusal of a symbol of which nothing says what it is, with what to write."""
    forms = " or ".join(f'--as "{form}"' for form in _forms(symbol))
    why = "it can be a stock and a future: " if symbol in FUTURES else ""
    return IbtuiError(
        "no_contract",
        f"What is {sanitize(symbol, 32)}? {why[:1].upper()}{why[1:]}Give it as {forms} or a line under [instruments].",
    )


def _forms(symbol: str) -> list[str]:
    """What somebody may have meant by a symbol."""
    if symbol in FUTURES:
        future = _future(symbol, symbol)
        return [_PLAIN_STOCK, line(future)] if future else [_PLAIN_STOCK]
    if future_name(symbol) is not None:
        return [_EXAMPLE]
    if (other := suffixed(symbol)) is not None:
        return [other[0]]
    if (pair := pair_in(symbol)) is not None:
        return [f"CASH {pair.quote} 1 0.005 IDEALPRO"]
    if (coin := coin_name(symbol)) is not None:
        return [f"CRYPTO USD 1 0.01 {COINS[coin].exchange}"]
    return [_PLAIN_STOCK, _EXAMPLE]
