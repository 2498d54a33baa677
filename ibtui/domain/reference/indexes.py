"""Indexes that people watch: values that are computed and cannot be traded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class IndexTerms(NamedTuple):
    """Where IB lists an index, and the currency that its points are counted in."""

    exchange: str
    currency: str = "USD"


INDEXES: Mapping[str, IndexTerms] = {
    "SPX": IndexTerms("CBOE"),
    "XSP": IndexTerms("CBOE"),
    "OEX": IndexTerms("CBOE"),
    "VIX": IndexTerms("CBOE"),
    "VVIX": IndexTerms("CBOE"),
    "DJX": IndexTerms("CBOE"),
    "TNX": IndexTerms("CBOE"),
    "NDX": IndexTerms("NASDAQ"),
    "RUT": IndexTerms("RUSSELL"),
    "INDU": IndexTerms("CME"),
    "DAX": IndexTerms("EUREX", "EUR"),
    "ESTX50": IndexTerms("EUREX", "EUR"),
    "V2TX": IndexTerms("EUREX", "EUR"),
    "SMI": IndexTerms("EUREX", "CHF"),
    "CAC40": IndexTerms("MONEP", "EUR"),
    "N225": IndexTerms("OSE.JPN", "JPY"),
    "HSI": IndexTerms("HKFE", "HKD"),
}
"""Source: the indexes in IB's list of products. Left out are names that also are those of stocks many people hold."""
