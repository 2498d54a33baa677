"""What a typed name can mean: the contract fields to ask IB for, and what is said when none or several fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, expiry_words
from ibtui.domain.options.chain import option_name
from ibtui.domain.text.sanitize import sanitize

_CODES = "USD EUR GBP JPY CHF AUD NZD CAD SEK NOK DKK HKD SGD CNH MXN ZAR ILS PLN CZK HUF KRW INR TRY"
CURRENCIES = frozenset(_CODES.split())
"""What may stand on either side of a currency pair."""
_PAIR = re.compile(r"([A-Z]{3})[./]?([A-Z]{3})")
_FUTURE = re.compile(r"[A-Z0-9]{1,6}[FGHJKMNQUVXZ]\d{1,2}")
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


def queries(wanted: str) -> list[dict[str, Any]]:
    """The contract fields to try for a symbol, likeliest first."""
    pair = _PAIR.fullmatch(wanted)
    if pair and CURRENCIES.issuperset(pair.groups()):
        return [{"secType": "CASH", "symbol": pair[1], "currency": pair[2], "exchange": "IDEALPRO"}]
    tried: list[dict[str, Any]] = []
    option, future_option = option_name(wanted), _FUTURE_OPTION.fullmatch(wanted)
    if option is not None:
        fields = {"secType": "OPT", "localSymbol": option.padded, "exchange": "SMART", "currency": "USD"}
        tried.append(fields)
    elif future_option is not None:
        tried.append({"secType": "FOP", "localSymbol": " ".join(future_option.groups())})
    if _FUTURE.fullmatch(wanted):
        tried.append({"secType": "FUT", "localSymbol": wanted})
    root, _, suffix = wanted.rpartition(".")
    currency = suffix if root and suffix in CURRENCIES else "USD"
    symbol = root if root and suffix in CURRENCIES else wanted.replace(".", " ")
    tried.append({"secType": "STK", "symbol": symbol, "currency": currency, "exchange": "SMART"})
    tried.append({"secType": "FUT", "symbol": wanted})
    if root and suffix in CURRENCIES:
        tried.append({"secType": "CRYPTO", "symbol": root, "currency": suffix, "exchange": "PAXOS"})
    else:
        tried.append({"secType": "IND", "symbol": wanted})
    return tried


def futures_of(description: Any) -> tuple[str, ...]:
    """The root whose futures belong to a search's answer: it is one, or IB says that there are some."""
    contract = description.contract
    return (contract.symbol,) if "FUT" in (contract.secType, *(description.derivativeSecTypes or ())) else ()


def unknown(text: str) -> IbtuiError:
    return IbtuiError("unknown_symbol", f"IB knows no {sanitize(text, 32)!r}; search for it or check the spelling.")


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
