"""How contracts are called where room is short: `ESZ6`, `AAPL 18Dec190C`, and never two of one list alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from ibtui.domain.instrument import Instrument, last_day
from ibtui.domain.money import plain
from ibtui.domain.options.chain import option_name

WIDTH = 15
"""Characters of a label that most lists have room for: `SPXW 18Dec6700P`."""
_NEAR = range(-7, 358)
"""Days to expiry for which a day and a month say the year too; no two of them share day and month."""


def labels(
    instruments: Iterable[Instrument], today: date, *, width: int = WIDTH, under: bool = False
) -> dict[str, str]:
    """By symbol, the label of each contract of one list: the shortest form that tells it from all the others.

    `under` leaves the root of options out, for rows below one of their underlying. A label is at most `width` long
    where that tells contracts apart, else longer: one that is cut could be another's.
    """
    forms = {item.symbol: _forms(item, today, width, under) for item in instruments}
    at = dict.fromkeys(forms, 0)
    while True:
        chosen = {symbol: forms[symbol][step] for symbol, step in at.items()}
        shared = Counter(chosen.values())
        alike = [
            symbol for symbol, label in chosen.items() if shared[label] > 1 and at[symbol] < len(forms[symbol]) - 1
        ]
        if not alike:
            return chosen
        for symbol in alike:
            at[symbol] += 1


def spelled(symbol: str, instrument: Instrument | None = None) -> str:
    """What a sentence calls a contract: `AAPL 18Dec26 190C`, anything else by its name; needs no list to be clear."""
    option = option_name(symbol)
    if instrument is not None and instrument.right and (expiry := last_day(instrument.expiry)) is not None:
        root, terms = instrument.trading_class or instrument.root, f"{plain(instrument.strike)}{instrument.right}"
    elif option is not None:
        expiry, root, terms = option.expiry, option.root, f"{plain(option.strike)}{option.right}"
    else:
        return symbol
    return f"{root} {expiry.day}{expiry:%b%y} {terms}"


def _forms(item: Instrument, today: date, width: int, under: bool) -> list[str]:
    """What a contract can be called: what fits in `width` first, the preferred before the rest, its one name last."""
    if item.right and (expiry := last_day(item.expiry)) is not None:
        forms = _option(item, expiry, today, under)
    else:
        forms = _listed(item)
    return [*sorted(forms, key=lambda form: len(form) > width), item.symbol]


def _option(item: Instrument, expiry: date, today: date, under: bool) -> list[str]:
    terms = f"{plain(item.strike)}{item.right}"
    root = item.trading_class or item.root
    near = (expiry - today).days in _NEAR
    short = f"{expiry.day}{expiry:%b}{terms}" if near else f"{expiry:%b%y}{terms}"
    whole = f"{expiry.day}{expiry:%b%y} {terms}"
    forms = [f"{root} {short}", f"{root} {whole}", f"{root} {whole} {item.exchange}"]
    return [short, whole, *forms] if under else [*forms, short]


def _listed(item: Instrument) -> list[str]:
    """A contract whose name was taken carries its id in it; where it is listed tells a person more."""
    plain_name, _, number = item.symbol.rpartition(".")
    if plain_name and number == str(item.con_id):
        place = item.primary_exchange or item.exchange
        return [f"{plain_name} {place}", f"{plain_name} {place} {item.currency}"]
    return [item.symbol]
