"""Coins that IB trades, and their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_NAME = re.compile(r"([A-Z]{2,5})[./]?USD")
LOT = "0.00000001"
"""The smallest step between two quantities of a coin."""


class CoinTerms(NamedTuple):
    """Where a coin trades at IB, in dollars, and the step of its prices there; empty where that is not known."""

    exchange: str
    tick: str = ""


COINS: Mapping[str, CoinTerms] = {
    "BTC": CoinTerms("PAXOS", "0.25"),
    "ETH": CoinTerms("PAXOS", "0.01"),
    "LTC": CoinTerms("PAXOS", "0.01"),
    "BCH": CoinTerms("PAXOS", "0.01"),
    "SOL": CoinTerms("ZEROHASH"),
    "ADA": CoinTerms("ZEROHASH"),
    "XRP": CoinTerms("ZEROHASH"),
    "DOGE": CoinTerms("ZEROHASH"),
    "LINK": CoinTerms("ZEROHASH"),
    "AVAX": CoinTerms("ZEROHASH"),
    "SUI": CoinTerms("ZEROHASH"),
}
"""Source: the cryptocurrencies page of IB, and its contract details of the four at Paxos."""


EXCHANGES = ("PAXOS", "ZEROHASH")
"""Where IB trades coins."""


def coin_exchanges(coin: str) -> tuple[str, ...]:
    """Where a coin may trade, the likeliest first: accounts differ in it."""
    return tuple(sorted(EXCHANGES, key=lambda exchange: exchange != COINS[coin].exchange))


def coin_name(text: str) -> str | None:
    """The coin that `BTC.USD`, `BTC/USD` or `BTCUSD` names; None for any other text, a plain `BTC` too."""
    match = _NAME.fullmatch(text)
    return match[1] if match is not None and match[1] in COINS else None
