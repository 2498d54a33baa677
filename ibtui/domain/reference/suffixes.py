"""Endings by which other programs name the exchange of a stock, and what such a stock is at IB."""

from __future__ import annotations

from collections.abc import Mapping

SUFFIXES: Mapping[str, str] = {
    "L": "STK GBP 0.01 0.01 LSE",
    "DE": "STK EUR 1 0.01 IBIS",
    "PA": "STK EUR 1 0.01 SBF",
    "AS": "STK EUR 1 0.01 AEB",
    "MI": "STK EUR 1 0.01 BVME",
    "MC": "STK EUR 1 0.01 BM",
    "SW": "STK CHF 1 0.01 EBS",
    "ST": "STK SEK 1 0.01 SFB",
    "TO": "STK CAD 1 0.01 TSE",
    "AX": "STK AUD 1 0.01 ASX",
    "HK": "STK HKD 1 0.01 SEHK",
    "T": "STK JPY 1 1 TSEJ",
}
"""Yahoo's endings, and the line that such a stock most likely is; London's prices are in pence."""


def suffixed(symbol: str) -> tuple[str, str] | None:
    """The line that a stock with such an ending most likely is, and its name here; None for any other name."""
    ticker, _, suffix = symbol.rpartition(".")
    line = SUFFIXES.get(suffix) if ticker else None
    return None if line is None else (line, f"{ticker}.{line.split()[1]}")
