"""The tables of what is listed and how each market behaves; data only."""

from __future__ import annotations

from typing import NamedTuple


class Behaviour(NamedTuple):
    """How one market moves and what its book looks like."""

    level: float
    """The price at the exchange's start."""
    loads: tuple[tuple[str, float], ...]
    """Share of daily volatility (0.01 is 1 %) that comes from each named factor."""
    spread: int
    """Usual spread in ticks; it wanders up to three ticks wider and comes back."""
    depth: int
    """Usual lots shown at the touch."""
    lot: int
    """Units in which sizes are shown and the market trades."""
    trades: int
    """Trades a minute on an average day."""
    lots: float
    """Lots traded a minute on an average day."""


class StockRow(NamedTuple):
    symbol: str
    con_id: int
    name: str
    primary: str
    level: float
    market: float
    tech: float
    own: float
    spread: int
    depth: int
    trades: int
    millions: float
    """Shares a day."""
    isin: str
    sector: tuple[str, str, str] = ("", "", "")
    oil: float = 0.0


class FutureRow(NamedTuple):
    root: str
    name: str
    exchange: str
    multiplier: int
    tick: str
    level: float
    factor: str
    load: float
    carry: float
    """Relative price step from one listed month to the next."""
    trades: int
    lots: float
    depth: int
    initial: float
    """Margin of one contract, USD."""
    maintenance: float
    under_con_id: int
    market_rule: int
    monthly: bool


class CurrencyRow(NamedTuple):
    base: str
    quote: str
    con_id: int
    name: str
    tick: str
    level: float
    dollar: float
    own: float
    market_rule: int


_HARDWARE = ("Technology", "Computers", "Computers")
_CHIPS = ("Technology", "Semiconductors", "Electronic Compo-Semicon")
_WEB = ("Communications", "Internet", "Web Portals/ISP")
_BANK = ("Financial", "Banks", "Diversified Banking Inst")

STOCKS = (
    StockRow(
        "AAPL", 265598, "APPLE INC", "NASDAQ", 187.42, 0.0100, 0.0050, 0.0090, 1, 4, 100, 52.0, "US0378331005",
        _HARDWARE,
    ),
    StockRow(
        "MSFT", 272093, "MICROSOFT CORP", "NASDAQ", 402.11, 0.0095, 0.0055, 0.0080, 2, 3, 80, 22.0, "US5949181045",
        ("Technology", "Software", "Applications Software"),
    ),
    StockRow(
        "NVDA", 4815747, "NVIDIA CORP", "NASDAQ", 182.31, 0.0140, 0.0120, 0.0150, 1, 9, 125, 210.0, "US67066G1040",
        _CHIPS,
    ),
    StockRow(
        "AMZN", 3691937, "AMAZON.COM INC", "NASDAQ", 221.07, 0.0115, 0.0060, 0.0100, 1, 4, 85, 41.0, "US0231351067",
        ("Communications", "Internet", "E-Commerce/Products"),
    ),
    StockRow(
        "TSLA", 76792991, "TESLA INC", "NASDAQ", 391.55, 0.0160, 0.0080, 0.0240, 3, 3, 120, 88.0, "US88160R1014",
        ("Consumer, Cyclical", "Auto Manufacturers", "Auto-Cars/Light Trucks"),
    ),
    StockRow(
        "GOOG", 208813720, "ALPHABET INC-CL C", "NASDAQ", 288.90, 0.0105, 0.0060, 0.0100, 2, 3, 70, 21.0,
        "US02079K1079", _WEB,
    ),
    StockRow(
        "JPM", 1520593, "JPMORGAN CHASE & CO", "NYSE", 301.12, 0.0095, 0.0, 0.0080, 2, 3, 55, 9.5, "US46625H1005", _BANK
    ),
    StockRow(
        "XOM", 13977, "EXXON MOBIL CORP", "NYSE", 117.80, 0.0060, 0.0, 0.0080, 1, 9, 60, 16.0, "US30231G1022",
        ("Energy", "Oil&Gas", "Oil Comp-Integrated"), 0.0070,
    ),
    StockRow(
        "META", 107113386, "META PLATFORMS INC-CLASS A", "NASDAQ", 598.20, 0.0120, 0.0070, 0.0120, 5, 2, 75, 14.0,
        "US30303M1027", _WEB,
    ),
    StockRow(
        "AMD", 4391, "ADVANCED MICRO DEVICES", "NASDAQ", 203.45, 0.0150, 0.0130, 0.0170, 2, 4, 95, 48.0,
        "US0079031078", _CHIPS,
    ),
    StockRow(
        "INTC", 270639, "INTEL CORP", "NASDAQ", 34.62, 0.0120, 0.0090, 0.0190, 1, 30, 75, 85.0, "US4581401001", _CHIPS
    ),
    StockRow(
        "BAC", 10098, "BANK OF AMERICA CORP", "NYSE", 51.43, 0.0100, 0.0, 0.0080, 1, 40, 60, 36.0, "US0605051046", _BANK
    ),
    StockRow(
        "KO", 8894, "COCA-COLA CO/THE", "NYSE", 70.94, 0.0045, 0.0, 0.0060, 1, 22, 45, 14.0, "US1912161007",
        ("Consumer, Non-cyclical", "Beverages", "Beverages-Non-alcoholic"),
    ),
    StockRow(
        "DIS", 6459, "WALT DISNEY CO/THE", "NYSE", 104.32, 0.0090, 0.0, 0.0100, 1, 9, 48, 9.0, "US2546871060",
        ("Communications", "Media", "Multimedia"),
    ),
)  # fmt: skip

FUNDS = (
    StockRow(
        "SPY", 756733, "SS SPDR S&P 500 ETF TRUST-US", "ARCA", 671.24, 0.0100, 0.0, 0.0, 1, 12, 120, 62.0,
        "US78462F1030",
    ),
    StockRow(
        "QQQ", 320227571, "INVESCO QQQ TRUST SERIES 1", "NASDAQ", 608.02, 0.0115, 0.0055, 0.0, 1, 7, 110, 45.0,
        "US46090E1038",
    ),
    StockRow(
        "IWM", 9579970, "ISHARES RUSSELL 2000 ETF", "ARCA", 233.18, 0.0120, 0.0, 0.0050, 1, 11, 80, 30.0, "US4642876555"
    ),
)  # fmt: skip

FUTURES = (
    FutureRow("ES", "E-mini S&P 500", "CME", 50, "0.25", 6712.25, "market", 0.0100, 0.0085, 130, 1000.0, 45,
              15_000.0, 13_500.0, 11004968, 67, False),
    FutureRow("NQ", "E-mini NASDAQ 100", "CME", 20, "0.25", 24861.50, "nasdaq", 0.0, 0.0090, 120, 430.0, 6,
              21_000.0, 19_000.0, 11004958, 67, False),
    FutureRow("CL", "Light Sweet Crude Oil", "NYMEX", 1000, "0.01", 58.94, "oil", 0.0180, -0.0040, 85, 210.0, 14,
              6_500.0, 5_900.0, 17340715, 32, True),
)  # fmt: skip

CURRENCIES = (
    CurrencyRow("EUR", "USD", 12087792, "European Monetary Union Euro", "0.00005", 1.0850, -0.0035, 0.0020, 239),
    CurrencyRow("GBP", "USD", 12087797, "British pound", "0.00005", 1.2680, -0.0032, 0.0028, 239),
    CurrencyRow("USD", "JPY", 15016059, "United States dollar", "0.005", 154.60, 0.0035, 0.0035, 242),
)

INDEX_LEVEL = 6705.35
INDEX_CON_ID = 416904

NASDAQ_LOADS = (("market", 0.0115), ("tech", 0.0055))
"""What moves the NASDAQ 100, whether as fund or as future."""
