"""Order types: what each waits for, which prices it is given by, and how it trades then."""

from __future__ import annotations

from typing import Literal, NamedTuple


class OrderKind(NamedTuple):
    """One order type; the names in `needs` and `takes` are fields of `Ticket`."""

    waits: Literal["", "stop", "touch"] = ""
    """What must trade first: `stop` a price on the worse side of the market, `touch` one on the better side."""
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    """Prices it may have besides those it needs."""
    trails: bool = False
    """Its stop follows the market."""
    closes: bool = False
    """It trades in the session's closing auction only."""
    pegs: Literal["", "own", "far", "middle"] = ""
    """What its limit follows: the touch of its own side, that of the other side, or the middle."""
    moves: Literal["", "better", "both"] = ""
    """Ways in which the limit follows: to prices more likely to trade, both ways, or not at all after it began."""
    eager: bool = False
    """Its offset makes the limit more likely to trade, not less."""

    @property
    def prices(self) -> tuple[str, ...]:
        """Every price that means something to it."""
        return self.needs + self.takes


_LIMIT, _STOP = ("limit_price",), ("stop_price",)
_TRAIL = ("stop_price", "trail_amount", "trail_percent")
_PEG = ("offset", "limit_price")

KINDS: dict[str, OrderKind] = {
    "MKT": OrderKind(),
    "LMT": OrderKind(needs=_LIMIT),
    "MTL": OrderKind(),
    "STP": OrderKind("stop", _STOP),
    "STP LMT": OrderKind("stop", _STOP + _LIMIT),
    "TRAIL": OrderKind("stop", (), _TRAIL, trails=True),
    "TRAIL LIMIT": OrderKind("stop", ("limit_offset",), _TRAIL, trails=True),
    "MIT": OrderKind("touch", _STOP),
    "LIT": OrderKind("touch", _STOP + _LIMIT),
    "MOC": OrderKind(closes=True),
    "LOC": OrderKind(needs=_LIMIT, closes=True),
    "REL": OrderKind(takes=_PEG, pegs="own", moves="better", eager=True),
    "PEG MKT": OrderKind(takes=_PEG, pegs="far", moves="both"),
    "PEG MID": OrderKind(takes=_PEG, pegs="middle", moves="better"),
    "MIDPRICE": OrderKind(takes=_LIMIT, pegs="middle", moves="both"),
    "SNAP MKT": OrderKind(takes=_PEG, pegs="far"),
    "SNAP MID": OrderKind(takes=_PEG, pegs="middle"),
    "SNAP PRIM": OrderKind(takes=_PEG, pegs="own"),
}
"""Every order type of the exchange, under IB's name."""

PRICES = ("limit_price", "stop_price", "trail_amount", "limit_offset", "offset")
"""Fields of a ticket that lie on the price grid."""
DISTANCES = ("limit_offset", "offset")
"""Those of them that may be zero, and a limit's offset below it."""
