"""What a typed name can mean: the contract fields to ask IB for, and what is said when none or several fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from ibtui.domain.currency import CURRENCIES
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, expiry_words
from ibtui.domain.options.chain import option_name
from ibtui.domain.reference.coins import EXCHANGES, coin_exchanges, coin_name
from ibtui.domain.reference.futures import FUTURES, OTHER_ROOTS, FutureName, future_name
from ibtui.domain.reference.indexes import INDEXES
from ibtui.domain.reference.pairs import pair_in
from ibtui.domain.reference.suffixes import suffixed
from ibtui.domain.text.sanitize import sanitize

Fields = dict[str, Any]
"""Fields of a contract, as IB is asked for it."""
Together = tuple[Fields, ...]
"""What is asked together: if more than one contract fits, the name is ambiguous."""
_FUTURE_OPTION = re.compile(r"([A-Z0-9]{1,5}[FGHJKMNQUVXZ]\d) ?([CP]\d+(?:\.\d+)?)")
_TEXT = re.compile(r"[A-Z0-9][A-Z0-9./ -]{0,31}")
_BY_ID = re.compile(r"(.+)\.(\d{1,10})")
"""The name of a contract whose own name fits another one too: META.107113387."""
CHOICES = 6
"""How many contracts are listed where a name fits several."""
_COMPANY = 32
"""Characters of a company's name beside a choice."""


def normal(text: str) -> str:
    """A name as it is looked up: capitals, single blanks; raises IbtuiError("unknown_symbol") for what is no name."""
    wanted = " ".join(text.upper().split())
    if not _TEXT.fullmatch(wanted):
        raise unknown(text)
    return wanted


def id_in(wanted: str) -> tuple[str, int]:
    """The plain name and the contract id in a name that was made of both; the name and 0 where there is no id."""
    found = _BY_ID.fullmatch(wanted)
    return (found[1], int(found[2])) if found else (wanted, 0)


def named_by_id(symbol: str, con_id: int) -> str:
    """The name of a contract whose own name fits another one too."""
    return f"{symbol}.{con_id}"


def queries(wanted: str, today: date) -> list[Together]:
    """The contract fields to try for a symbol, likeliest first; `today` tells the decade of a contract month."""
    if pair := pair_in(wanted):
        return [({"secType": "CASH", "symbol": pair.base, "currency": pair.quote, "exchange": "IDEALPRO"},)]
    if coin := coin_name(wanted):
        return [
            ({"secType": "CRYPTO", "symbol": coin, "currency": "USD", "exchange": at},) for at in coin_exchanges(coin)
        ]
    if option := option_name(wanted):
        fields = {"secType": "OPT", "localSymbol": option.padded, "exchange": "SMART", "currency": "USD"}
        return [(fields,)]
    if month := future_name(wanted):
        return _by_month(wanted, month, today)
    if future_option := _FUTURE_OPTION.fullmatch(wanted):
        return [({"secType": "FOP", "localSymbol": " ".join(future_option.groups())},)]
    return _by_ticker(wanted)


def _by_month(wanted: str, name: FutureName, today: date) -> list[Together]:
    """The month of a future: by IB's own name of it, else by what the tables know of its root."""
    by_name: Together = ({"secType": "FUT", "localSymbol": wanted},)
    root = OTHER_ROOTS.get(name.root, name.root)
    month = f"{name.contract_month(today):%Y%m}"
    return [by_name, ({**_future(root), "lastTradeDateOrContractMonth": month},)]


def _by_ticker(wanted: str) -> list[Together]:
    """An index, a stock, every month of a future: the first that IB knows, or a stock and the months together."""
    if index := INDEXES.get(wanted):
        return [
            ({"secType": "IND", "symbol": wanted, "currency": index.currency},),
            (_stock(wanted),),
            (_future(wanted),),
        ]
    ticker, _, currency = wanted.rpartition(".")
    if ticker and currency in CURRENCIES:
        coins = ({"secType": "CRYPTO", "symbol": ticker, "currency": currency, "exchange": at} for at in EXCHANGES)
        return [(_stock(ticker, currency),), *((coin,) for coin in coins)]
    stock, future = _stock(wanted.replace(".", " ")), _future(wanted)
    if wanted in FUTURES:
        return [(stock, future)]
    return [(stock,), (future,), ({"secType": "IND", "symbol": wanted},)]


def _stock(symbol: str, currency: str = "USD") -> Fields:
    return {"secType": "STK", "symbol": symbol, "currency": currency, "exchange": "SMART"}


def _future(root: str) -> Fields:
    """Every month of a root, by IB's own symbol and the class of the contract where the tables know them."""
    terms = FUTURES.get(root)
    if terms is None:
        return {"secType": "FUT", "symbol": root}
    return {"secType": "FUT", "symbol": terms.symbol or root, "tradingClass": root, "exchange": terms.exchange}


def futures_of(description: Any) -> tuple[str, ...]:
    """The root whose futures belong to a search's answer: it is one, or IB says that there are some."""
    contract = description.contract
    return (contract.symbol,) if "FUT" in (contract.secType, *(description.derivativeSecTypes or ())) else ()


def unknown(text: str) -> IbtuiError:
    """The refusal of a name that fits no contract."""
    other = suffixed(text.upper())
    hint = f"its name here is {other[1]}" if other else "search for it or check the spelling"
    return IbtuiError("unknown_symbol", f"IB knows no {sanitize(text, 32)!r}; {sanitize(hint, 60)}.")


def ambiguous(wanted: str, found: Sequence[Instrument]) -> IbtuiError:
    """The refusal of a name that fits several contracts, each told from the others."""
    shown = [f"{instrument.symbol} ({_told_apart(instrument)})" for instrument in found[:CHOICES]]
    more = f" and {len(found) - CHOICES} more" if len(found) > CHOICES else ""
    return IbtuiError("ambiguous_symbol", f"{wanted} can be {', '.join(shown)}{more}; name one of them.")


def _told_apart(instrument: Instrument) -> str:
    """Company, exchange, currency and expiry, as far as there are."""
    expiry = expiry_words(instrument.expiry)
    facts = (
        instrument.name[:_COMPANY].strip(),
        instrument.primary_exchange or instrument.exchange,
        instrument.currency,
        f"expires {expiry}" if expiry else "",
    )
    return ", ".join(fact for fact in facts if fact)
