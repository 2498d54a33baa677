"""Commands: what a person, a script or a key asks the engine to do, as values."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.terms import HasTerms


class Trade(HasTerms, frozen=True, kw_only=True, tag_field="do", tag="trade"):
    """`buy 100 AAPL @ 187.25 tp 195 sl 180 gtc`: an order, or a bracket where tp or sl is given.

    `buy 500 USD of BTC.USD @ market` says money instead of a quantity, as `terms.cash` in the currency `paid_in`; the
    quantity is then 0 until the engine works it out.
    """

    paid_in: str = ""

    target: Decimal | None = None
    """Limit price of the profit-taking order that becomes active with the fill."""
    protect: Decimal | None = None
    """Stop price of the protective order that becomes active with the fill."""
    despite_unknown: bool = False
    """Send it also beside an UNKNOWN order of the same symbol and side, both of which may fill."""


class Close(Struct, frozen=True, kw_only=True, tag_field="do", tag="close"):
    """`close AAPL`: a market order against the position; `quantity` closes a part, `limit_price` makes it a limit.

    The stop stays at IB until the close fills.
    """

    symbol: str
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    outside: bool = False
    """`close AAPL outside`: a limit near the market that may also trade outside regular hours."""
    despite_unknown: bool = False
    """Also while an order of the closing side is UNKNOWN, which may fill as well."""


class Flatten(Struct, frozen=True, kw_only=True, tag_field="do", tag="flatten"):
    """`flatten AAPL`, `flatten all`: cancel what could open a position again, then close what is held at market.

    Stops and targets stay at IB until the close fills.
    """

    target: str
    outside: bool = False
    """`flatten all outside`: limits near the market that may also trade outside regular hours."""
    despite_unknown: bool = False
    """Also where an order of the closing side is UNKNOWN, which may fill too; `flatten all` leaves such a symbol."""


class Cancel(Struct, frozen=True, kw_only=True, tag_field="do", tag="cancel"):
    """`cancel REF`, `cancel AAPL`, `cancel all`."""

    target: str


class Settle(Struct, frozen=True, kw_only=True, tag_field="do", tag="settle"):
    """`settle REF seen cancelled in TWS`: an UNKNOWN order that IB no longer knows has ended, outcome unknown."""

    ref: str
    reason: str


class Accept(Struct, frozen=True, kw_only=True, tag_field="do", tag="accept"):
    """`accept AAPL`: of a held instrument, what IB counts is the base from now on; the shares are the account's."""

    symbol: str


class Adjust(Struct, frozen=True, kw_only=True, tag_field="do", tag="adjust"):
    """`adjust sma_cross AAPL 40 @ 187.25`: as `accept`, and so many of them, signed, are the strategy's own.

    Without a price they cost what IB says that they cost; what it gives up, it gives up at its own cost.
    """

    strategy: str
    symbol: str
    quantity: Decimal
    price: Decimal | None = None


class Watch(Struct, frozen=True, kw_only=True, tag_field="do", tag="watch"):
    """`watch AAPL MSFT`: add to the watchlist and stream quotes."""

    symbols: tuple[str, ...]


class Unwatch(Struct, frozen=True, kw_only=True, tag_field="do", tag="unwatch"):
    """`unwatch AAPL`: take off the watchlist."""

    symbols: tuple[str, ...]


class Start(Struct, frozen=True, kw_only=True, tag_field="do", tag="start"):
    """`start sma_cross symbol=MSFT fast=5`: run a strategy with these parameters, values as typed."""

    strategy: str
    parameters: dict[str, str] = {}
    shadow: bool = False
    """Decide and send nothing: `start sma_cross shadow`."""
    replaces: str = ""
    """Ref of a working order whose place it takes: `start chase replacing abcd symbol=AAPL side=sell quantity=100`."""


class Stop(Struct, frozen=True, kw_only=True, tag_field="do", tag="stop"):
    """`stop sma_cross`, `stop all close`: stop it now; its entries are cancelled.

    Its position and protective stops are kept; or closed at market, its own orders first; or handed to the trader.
    """

    strategy: str
    then: Literal["keep", "close", "hand"] = "keep"


class Pause(Struct, frozen=True, kw_only=True, tag_field="do", tag="pause"):
    """`pause sma_cross`: it goes on deciding, its exits and stops go out, its entries do not."""

    strategy: str


class Approve(Struct, frozen=True, kw_only=True, tag_field="do", tag="approve"):
    """`approve dip`: the strategy's file as it is now may run."""

    strategy: str


class Forget(Struct, frozen=True, kw_only=True, tag_field="do", tag="forget"):
    """`forget guard.AAPL`: the row of a run that is over goes; its fills, orders and log lines stay."""

    strategy: str


class Set(Struct, frozen=True, kw_only=True, tag_field="do", tag="set"):
    """`set sma_cross shares=50`: other values of changeable parameters while it runs."""

    strategy: str
    parameters: dict[str, str]


class Alert(Struct, frozen=True, kw_only=True, tag_field="do", tag="alert"):
    """`alert AAPL above 190`: tell once when the market gets there."""

    symbol: str
    above: bool
    price: Decimal


class ListAlerts(Struct, frozen=True, kw_only=True, tag_field="do", tag="alerts"):
    """`alerts`: those that wait, and those that fired."""


class TellSince(Struct, frozen=True, kw_only=True, tag_field="do", tag="since"):
    """`since`: what happened while no terminal was attached."""


class Unalert(Struct, frozen=True, kw_only=True, tag_field="do", tag="unalert"):
    """`unalert 3`, `unalert AAPL`, `unalert all`."""

    target: str


class Halt(Struct, frozen=True, kw_only=True, tag_field="do", tag="halt"):
    """`halt`: stop strategies, cancel every entry; exits and protective stops stay."""


class Resume(Struct, frozen=True, kw_only=True, tag_field="do", tag="resume"):
    """`resume`: leave the halt; `resume sma_cross`: let a paused or suspended strategy enter again."""

    strategy: str = ""


Command = (
    Trade
    | Close
    | Flatten
    | Cancel
    | Settle
    | Accept
    | Adjust
    | Watch
    | Unwatch
    | Start
    | Stop
    | Pause
    | Approve
    | Forget
    | Set
    | Alert
    | ListAlerts
    | TellSince
    | Unalert
    | Halt
    | Resume
)

FREE = (Watch, Unwatch, Alert, ListAlerts, TellSince, Unalert, Forget)
"""Commands that neither move an order nor let one out: a script needs no second word to have them done."""
NewOrders = Trade | Close | Flatten
NEEDS_PREVIEW = (Trade, Close, Flatten)
"""Commands that send new orders: shown before they are sent."""
PREVIEWED = (*NEEDS_PREVIEW, Accept, Adjust)
"""Commands that are shown before they are carried out."""
