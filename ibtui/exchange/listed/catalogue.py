"""The tables of what is listed and how each market behaves; data only."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

Access = Literal["live", "delayed", "none"]
"""What market data an account gets: delayed only is IB's 10167, none its 354."""


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
    """How many shares trade on a usual day, in millions."""
    isin: str
    sector: tuple[str, str, str] = ("", "", "")
    oil: float = 0.0
    gold: float = 0.0
    rates: float = 0.0
    access: Access = "live"
    pennies: bool = False
    """Trades near one dollar, below which prices have four digits."""


class EuropeanRow(NamedTuple):
    symbol: str
    con_id: int
    name: str
    primary: str
    currency: str
    level: float
    market: float
    own: float
    spread: int
    depth: int
    """Shares that the book displays at its touch, in hundreds."""
    trades: int
    millions: float
    isin: str
    access: Access = "live"


class IndexRow(NamedTuple):
    symbol: str
    con_id: int
    name: str
    exchange: str
    level: float
    loads: tuple[tuple[str, float], ...]
    category: str


class CoinRow(NamedTuple):
    symbol: str
    con_id: int
    name: str
    tick: str
    level: float
    own: float


class BondRow(NamedTuple):
    symbol: str
    con_id: int
    name: str
    cusip: str
    coupon: float
    """The coupon in percent of the face value a year."""
    maturity: str
    issued: str
    ratings: str
    kind: str
    level: float
    """Percent of the face value."""
    rates: float


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
    months: Literal["quarterly", "oil", "gold"]
    zone: str = "US/Central"
    listed: int = 4
    """How many contract months are listed at once."""


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


class ChainRow(NamedTuple):
    """The options on one stock, fund or future."""

    root: str
    sec_type: Literal["OPT", "FOP"]
    multiplier: int
    volatility: float
    """A year's, at the money, in the middle of the term structure."""
    dividend: float
    """A year's yield; without meaning for options on futures."""
    step: Decimal
    """What every strike is a multiple of."""
    near: Decimal
    """Between strikes around the money on near expiries."""
    far: Decimal
    reach: float
    """How far from the money the near strikes go, as a share of the price."""
    market_rule: int
    pennies: bool
    """Quoted in cents at every price."""


_HARDWARE = ("Technology", "Computers", "Computers")
_CHIPS = ("Technology", "Semiconductors", "Electronic Compo-Semicon")
_WEB = ("Communications", "Internet", "Web Portals/ISP")
_DRUGS = ("Consumer, Non-cyclical", "Pharmaceuticals", "Medical-Drugs")
_RETAIL = ("Consumer, Cyclical", "Retail", "Retail-Discount")
_SOFTWARE = ("Technology", "Software", "Applications Software")
_PAYMENT = ("Financial", "Diversified Finan Serv", "Finance-Credit Card")
_OIL = ("Energy", "Oil&Gas", "Oil Comp-Integrated")
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
    StockRow("V", 49462172, "VISA INC-CLASS A SHARES", "NYSE", 336.40, 0.0075, 0.0, 0.0060, 3, 2, 40, 6.5,
             "US92826C8394", _PAYMENT),
    StockRow("MA", 38685693, "MASTERCARD INC - A", "NYSE", 545.10, 0.0078, 0.0, 0.0065, 6, 1, 32, 2.8,
             "US57636Q1040", _PAYMENT),
    StockRow("JNJ", 8719, "JOHNSON & JOHNSON", "NYSE", 203.70, 0.0042, 0.0, 0.0060, 2, 4, 40, 7.8,
             "US4781601046", _DRUGS),
    StockRow("PG", 11763, "PROCTER & GAMBLE CO/THE", "NYSE", 149.20, 0.0045, 0.0, 0.0055, 1, 5, 38, 7.1, "US7427181091",
             ("Consumer, Non-cyclical", "Cosmetics/Personal Care", "Cosmetics&Toiletries")),
    StockRow("HD", 7930, "HOME DEPOT INC", "NYSE", 338.60, 0.0080, 0.0, 0.0075, 4, 2, 34, 3.9, "US4370761029",
             ("Consumer, Cyclical", "Retail", "Retail-Building Products")),
    StockRow("CVX", 5684, "CHEVRON CORP", "NYSE", 151.30, 0.0058, 0.0, 0.0075, 1, 6, 42, 7.6,
             "US1667641005", _OIL, 0.0068),
    StockRow("MRK", 70101545, "MERCK & CO. INC.", "NYSE", 96.40, 0.0045, 0.0, 0.0085, 1, 9, 42, 11.0, "US58933Y1055",
             _DRUGS),
    StockRow("PFE", 11031, "PFIZER INC", "NYSE", 25.10, 0.0050, 0.0, 0.0085, 1, 60, 50, 42.0, "US7170811035", _DRUGS),
    StockRow("ABBV", 118089500, "ABBVIE INC", "NYSE", 232.80, 0.0045, 0.0, 0.0080, 2, 3, 36, 5.4,
             "US00287Y1091", _DRUGS),
    StockRow("UNH", 13272, "UNITEDHEALTH GROUP INC", "NYSE", 320.50, 0.0055, 0.0, 0.0140, 4, 2, 45, 8.2, "US91324P1021",
             ("Consumer, Non-cyclical", "Healthcare-Services", "Medical-HMO")),
    StockRow("WMT", 13824, "WALMART INC", "NYSE", 103.90, 0.0055, 0.0, 0.0070, 1, 9, 52, 17.0, "US9311421039", _RETAIL),
    StockRow("COST", 272997, "COSTCO WHOLESALE CORP", "NASDAQ", 905.20, 0.0065, 0.0, 0.0065, 18, 1, 34, 2.1,
             "US22160K1051", _RETAIL),
    StockRow("NKE", 10291, "NIKE INC -CL B", "NYSE", 64.30, 0.0080, 0.0, 0.0110, 1, 14, 45, 12.0, "US6541061031",
             ("Consumer, Cyclical", "Apparel", "Athletic Footwear")),
    StockRow("MCD", 9408, "MCDONALD'S CORP", "NYSE", 307.40, 0.0045, 0.0, 0.0055, 3, 2, 30, 3.2, "US5801351017",
             ("Consumer, Cyclical", "Retail", "Retail-Restaurants")),
    StockRow("CSCO", 268084, "CISCO SYSTEMS INC", "NASDAQ", 77.10, 0.0075, 0.0030, 0.0065, 1, 22, 55, 20.0,
             "US17275R1023", ("Communications", "Telecommunications", "Networking Products")),
    StockRow("ORCL", 272800, "ORACLE CORP", "NYSE", 222.90, 0.0105, 0.0060, 0.0150, 3, 2, 60, 18.0, "US68389X1054",
             _SOFTWARE),
    StockRow("CRM", 53217284, "SALESFORCE INC", "NYSE", 231.40, 0.0095, 0.0055, 0.0105, 4, 2, 42, 7.3, "US79466L3024",
             _SOFTWARE),
    StockRow("ADBE", 265768, "ADOBE INC", "NASDAQ", 325.20, 0.0090, 0.0055, 0.0105, 6, 1, 40, 3.9, "US00724F1012",
             _SOFTWARE),
    StockRow("NFLX", 15124833, "NETFLIX INC", "NASDAQ", 1112.30, 0.0095, 0.0045, 0.0130, 22, 1, 48, 3.4, "US64110L1061",
             _WEB),
    StockRow("AVGO", 313130367, "BROADCOM INC", "NASDAQ", 342.60, 0.0125, 0.0110, 0.0130, 4, 2, 75, 24.0,
             "US11135F1012", _CHIPS),
    StockRow("QCOM", 273544, "QUALCOMM INC", "NASDAQ", 165.80, 0.0110, 0.0090, 0.0100, 2, 4, 48, 8.8, "US7475251036",
             _CHIPS),
    StockRow("MU", 9939, "MICRON TECHNOLOGY INC", "NASDAQ", 228.50, 0.0140, 0.0120, 0.0190, 3, 3, 72, 25.0,
             "US5951121038", _CHIPS),
    StockRow("IBM", 8314, "INTL BUSINESS MACHINES CORP", "NYSE", 297.40, 0.0075, 0.0030, 0.0085, 4, 2, 36, 4.4,
             "US4592001014", _HARDWARE),
    StockRow("GE", 498843743, "GENERAL ELECTRIC", "NYSE", 294.10, 0.0090, 0.0, 0.0090, 4, 2, 38, 5.1, "US3696043013",
             ("Industrial", "Aerospace/Defense", "Aerospace/Defense")),
    StockRow("BA", 4762, "BOEING CO/THE", "NYSE", 186.30, 0.0100, 0.0, 0.0120, 3, 3, 46, 8.9, "US0970231058",
             ("Industrial", "Aerospace/Defense", "Aerospace/Defense")),
    StockRow("CAT", 5437, "CATERPILLAR INC", "NYSE", 553.70, 0.0105, 0.0, 0.0095, 9, 1, 34, 3.6, "US1491231015",
             ("Industrial", "Machinery-Constr&Mining", "Machinery-Constr&Mining")),
    StockRow("F", 9599491, "FORD MOTOR CO", "NYSE", 12.90, 0.0100, 0.0, 0.0110, 1, 160, 48, 62.0, "US3453708600",
             ("Consumer, Cyclical", "Auto Manufacturers", "Auto-Cars/Light Trucks")),
    StockRow("GS", 4627828, "GOLDMAN SACHS GROUP INC", "NYSE", 775.30, 0.0105, 0.0, 0.0075, 16, 1, 32, 1.9,
             "US38141G1040", _BANK),
    StockRow("T", 37018770, "AT&T INC", "NYSE", 25.90, 0.0040, 0.0, 0.0065, 1, 90, 46, 38.0, "US00206R1023",
             ("Communications", "Telecommunications", "Telephone-Integrated")),
    StockRow("PLUG", 14094, "PLUG POWER INC", "NASDAQ", 1.86, 0.0160, 0.0, 0.0380, 1, 420, 55, 95.0, "US72919P2020",
             ("Energy", "Energy-Alternate Sources", "Power Conv/Supply Equip"), pennies=True),
)  # fmt: skip
"""Contract ids are IB's where they were known, for the others numbers that look like them."""

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
    StockRow("DIA", 73128548, "SPDR DJIA TRUST", "ARCA", 462.80, 0.0090, 0.0, 0.0010, 2, 3, 40, 4.2, "US78467X1090"),
    StockRow("GLD", 51529211, "SPDR GOLD SHARES", "ARCA", 377.20, 0.0, 0.0, 0.0, 2, 5, 55, 12.0,
             "US78463V1070", gold=0.0105),
    StockRow("XLF", 4215220, "FINANCIAL SELECT SECTOR SPDR", "ARCA", 52.10, 0.0088, 0.0, 0.0030, 1, 60, 45, 40.0,
             "US81369Y6059"),
    StockRow("XLE", 4215217, "ENERGY SELECT SECTOR SPDR", "ARCA", 88.70, 0.0055, 0.0, 0.0030, 1, 22, 40, 16.0,
             "US81369Y5069", oil=0.0070),
    StockRow("TLT", 15547841, "ISHARES 20+ YEAR TREASURY BD", "NASDAQ", 89.60, 0.0, 0.0, 0.0, 1, 40, 50, 34.0,
             "US4642874329", rates=0.0080),
)  # fmt: skip

EUROPEANS = (
    EuropeanRow("SAP", 14204, "SAP SE", "IBIS", "EUR", 208.40, 0.0095, 0.0085, 1, 4, 35, 1.6, "DE0007164600"),
    EuropeanRow("SIE", 14217, "SIEMENS AG-REG", "IBIS", "EUR", 225.10, 0.0100, 0.0080, 1, 3, 32, 1.0, "DE0007236101"),
    EuropeanRow("ALV", 14016, "ALLIANZ SE-REG", "IBIS", "EUR", 366.30, 0.0080, 0.0065, 2, 2, 28, 0.6, "DE0008404005"),
    EuropeanRow("DTE", 14121, "DEUTSCHE TELEKOM AG-REG", "IBIS", "EUR", 27.45, 0.0060, 0.0070, 1, 20, 30, 5.5,
                "DE0005557508"),
    EuropeanRow("BMW", 29612193, "BAYERISCHE MOTOREN WERKE AG", "IBIS", "EUR", 87.90, 0.0090, 0.0090, 1, 6, 26, 1.1,
                "DE0005190003", "delayed"),
    EuropeanRow("MC", 29612249, "LVMH MOET HENNESSY LOUIS VUI", "SBF", "EUR", 618.20, 0.0095, 0.0110, 2, 1, 30, 0.4,
                "FR0000121014"),
    EuropeanRow("TTE", 29612257, "TOTALENERGIES SE", "SBF", "EUR", 55.60, 0.0060, 0.0070, 1, 14, 30, 4.0,
                "FR0000120271"),
    EuropeanRow("AIR", 29611958, "AIRBUS SE", "SBF", "EUR", 205.30, 0.0090, 0.0095, 1, 4, 28, 0.9, "NL0000235190"),
    EuropeanRow("BNP", 29612046, "BNP PARIBAS", "SBF", "EUR", 70.10, 0.0100, 0.0085, 1, 10, 28, 2.4, "FR0000131104"),
    EuropeanRow("OR", 29612250, "L'OREAL", "SBF", "EUR", 367.80, 0.0075, 0.0080, 2, 2, 24, 0.3, "FR0000120321",
                "delayed"),
    EuropeanRow("ASML", 117589399, "ASML HOLDING NV", "AEB", "EUR", 862.40, 0.0125, 0.0110, 2, 1, 34, 0.6,
                "NL0010273215"),
    EuropeanRow("INGA", 29612170, "ING GROEP NV", "AEB", "EUR", 21.90, 0.0100, 0.0085, 1, 30, 26, 8.0, "NL0011821202"),
    EuropeanRow("SHEL", 134765123, "SHELL PLC", "LSE", "GBP", 28.15, 0.0060, 0.0075, 1, 24, 30, 6.0, "GB00BP6MXD84"),
    EuropeanRow("HSBA", 9161, "HSBC HOLDINGS PLC", "LSE", "GBP", 10.78, 0.0075, 0.0070, 1, 60, 30, 14.0,
                "GB0005405286"),
    EuropeanRow("AZN", 9119, "ASTRAZENECA PLC", "LSE", "GBP", 134.20, 0.0060, 0.0085, 1, 3, 28, 1.6, "GB0009895292"),
    EuropeanRow("BARC", 9130, "BARCLAYS PLC", "LSE", "GBP", 4.09, 0.0105, 0.0095, 1, 120, 28, 30.0, "GB0031348658"),
    EuropeanRow("ULVR", 9335, "UNILEVER PLC", "LSE", "GBP", 45.30, 0.0045, 0.0060, 1, 14, 24, 2.2, "GB00B10RZP78",
                "none"),
)  # fmt: skip
"""Without a subscription in Europe: one exchange's data come late, one's not at all, so programs can meet both."""

FUTURES = (
    FutureRow("ES", "E-mini S&P 500", "CME", 50, "0.25", 6712.25, "market", 0.0100, 0.0085, 130, 1000.0, 45,
              15_000.0, 13_500.0, 11004968, 67, "quarterly", "US/Central", 9),
    FutureRow("NQ", "E-mini NASDAQ 100", "CME", 20, "0.25", 24861.50, "nasdaq", 0.0, 0.0090, 120, 430.0, 6,
              21_000.0, 19_000.0, 11004958, 67, "quarterly"),
    FutureRow("CL", "Light Sweet Crude Oil", "NYMEX", 1000, "0.01", 58.94, "oil", 0.0180, -0.0040, 85, 210.0, 14,
              6_500.0, 5_900.0, 17340715, 32, "oil", "US/Eastern", 12),
    FutureRow("GC", "Gold", "COMEX", 100, "0.10", 4068.30, "gold", 0.0105, 0.0060, 95, 260.0, 8,
              17_500.0, 16_000.0, 17340718, 33, "gold", "US/Eastern", 6),
)  # fmt: skip

CURRENCIES = (
    CurrencyRow("EUR", "USD", 12087792, "European Monetary Union Euro", "0.00005", 1.0850, -0.0035, 0.0020, 239),
    CurrencyRow("GBP", "USD", 12087797, "British pound", "0.00005", 1.2680, -0.0032, 0.0028, 239),
    CurrencyRow("USD", "JPY", 15016059, "United States dollar", "0.005", 154.60, 0.0035, 0.0035, 242),
    CurrencyRow("USD", "CHF", 12087820, "United States dollar", "0.00005", 0.8050, 0.0036, 0.0022, 239),
    CurrencyRow("USD", "CAD", 15016062, "United States dollar", "0.00005", 1.4020, 0.0024, 0.0020, 239),
    CurrencyRow("AUD", "USD", 14433401, "Australian dollar", "0.00005", 0.6460, -0.0038, 0.0034, 239),
    CurrencyRow("NZD", "USD", 39453441, "New Zealand dollar", "0.00005", 0.5610, -0.0038, 0.0036, 239),
    CurrencyRow("EUR", "GBP", 12087807, "European Monetary Union Euro", "0.00005", 0.8557, -0.0003, 0.0028, 239),
    CurrencyRow("EUR", "CHF", 12087817, "European Monetary Union Euro", "0.00005", 0.8734, 0.0001, 0.0024, 239),
    CurrencyRow("EUR", "JPY", 14321016, "European Monetary Union Euro", "0.005", 167.74, 0.0, 0.0042, 242),
)

INDEXES = (
    IndexRow("SPX", 416904, "S&P 500 Stock Index", "CBOE", 6705.35, (("market", 0.0100),), "Broad Range Equity Index"),
    IndexRow("NDX", 416843, "NASDAQ 100 Stock Index", "NASDAQ", 24832.10, (("market", 0.0115), ("tech", 0.0055)),
             "Broad Range Equity Index"),
    IndexRow("VIX", 13455763, "CBOE Volatility Index", "CBOE", 16.42, (("market", -0.0550), ("VIX", 0.0350)),
             "Volatility Index"),
)  # fmt: skip

COINS = (
    CoinRow("BTC", 479624278, "Bitcoin cryptocurrency", "0.25", 88_400.0, 0.0270),
    CoinRow("ETH", 495759171, "Ethereum cryptocurrency", "0.01", 2_905.0, 0.0360),
)

BONDS = (
    BondRow("US-T", 715006542, "US Treasury 4 1/4 11/15/35", "91282CPJ4", 4.0, "20351115", "20251117", "AA1/AA+/AA+",
            "US Government", 99.50, 0.0035),
    BondRow("IBM", 15960420, "IBM 7 10/30/25-45", "459200AM3", 7.0, "20451030", "19951030", "A3/A-/A-", "Corporate",
            114.20, 0.0050),
)  # fmt: skip
"""Coupons are whole percents: two of the client libraries read nothing else."""

NASDAQ_LOADS = (("market", 0.0115), ("tech", 0.0055))
"""What moves the NASDAQ 100, whether as fund or as future."""

CHAINS = (
    ChainRow("SPY", "OPT", 100, 0.16, 0.012, Decimal(1), Decimal(1), Decimal(5), 0.20, 110, True),
    ChainRow("AAPL", "OPT", 100, 0.26, 0.005, Decimal("0.5"), Decimal("2.5"), Decimal(5), 0.25, 109, False),
    ChainRow("ES", "FOP", 50, 0.16, 0.0, Decimal(5), Decimal(5), Decimal(25), 0.12, 239050, False),
    ChainRow("QQQ", "OPT", 100, 0.20, 0.006, Decimal(1), Decimal(1), Decimal(5), 0.20, 110, True),
    ChainRow("NVDA", "OPT", 100, 0.42, 0.0003, Decimal("0.5"), Decimal("2.5"), Decimal(5), 0.25, 109, False),
    ChainRow("TSLA", "OPT", 100, 0.55, 0.0, Decimal("0.5"), Decimal("2.5"), Decimal(5), 0.25, 109, False),
    ChainRow("MSFT", "OPT", 100, 0.23, 0.007, Decimal("0.5"), Decimal("2.5"), Decimal(5), 0.25, 109, False),
)

EUROPEAN_STEPS = (
    ("0", "0.0001"), ("1", "0.0002"), ("2", "0.0005"), ("5", "0.001"), ("10", "0.002"), ("20", "0.005"), ("50", "0.01"),
    ("100", "0.02"), ("200", "0.05"), ("500", "0.1"), ("1000", "0.2"), ("2000", "0.5"),
)  # fmt: skip
"""Low edge and increment of the most liquid shares (Commission Delegated Regulation (EU) 2017/588)."""
