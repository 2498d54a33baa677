"""Every error of IB that a trader meets: what it says about an order, why it comes, and what helps.

The one table; `errors` gives the program what it needs of it. Sources: IB's message codes page, `ibapi/errors.py`
10.51, and reports of what really arrives. What TWS asks at its screen is numbered as in IB's Client Portal API (10082
to 10336); that it tells these numbers of orders too is not verified.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

Level = Literal["info", "warning", "error"]


class Effect(StrEnum):
    """What a code says about the order that it comes for."""

    NONE = "about no order"
    """It comes for requests and for the connection; under an order's number it leaves open whether that works."""
    NOTE = "the order stands, and this is worth knowing"
    REFUSED = "the new order was refused; after a change or a cancel the order is as it was"
    REQUEST = "the request was refused, whether that was an order, a change or a cancel"
    CHANGE = "the change was refused; the order is as it was"
    UNSURE = "the new order was refused; what a change did is an open question"
    CANCELLED = "the order is cancelled"
    OPEN = "what became of the order is an open question: IB is asked"
    HELD = "TWS holds the order back, and whoever sits there can still send it or delete it"


class Explanation(Struct, frozen=True):
    """What one error code of IB says, why it comes and what helps."""

    code: int
    effect: Effect
    level: Level
    """How loudly it is shown where it belongs to no order."""
    cause: str
    """What happened, in one clause."""
    cure: str = ""
    """What to do about it, in one clause; empty where there is nothing to do."""
    cases: tuple[tuple[str, str], ...] = ()
    """A word of IB's text that tells apart what one code stands for, and the cure for that."""


_N, _R, _Q, _C = Effect.NOTE, Effect.REFUSED, Effect.REQUEST, Effect.CHANGE
_U, _X, _O, _H, _NONE = Effect.UNSURE, Effect.CANCELLED, Effect.OPEN, Effect.HELD, Effect.NONE

_PRECAUTION = "send or delete it in TWS, or cancel it here; the limit stands in TWS under Global Configuration, Presets"
_SUBSCRIBE = "subscribe to its market data in IB's Client Portal, or trade on delayed prices"
_RESTART_BY_ITSELF = "nothing; it comes back by itself"
_LOOK = "nothing; what stands is asked"

TABLE: tuple[Explanation, ...] = (
    # messages and requests
    Explanation(0, _NONE, "warning", "IB says something without a number"),
    Explanation(100, _NONE, "error", "more than 50 messages went to IB within a second", "nothing; it is sent slower"),
    Explanation(101, _NONE, "error", "more instruments stream than the account has market data lines for",
                "take names off the watchlist, or buy more lines from IB"),
    Explanation(102, _NONE, "error", "a request used a number that is taken", "none is needed; it is asked again"),
    Explanation(162, _NONE, "error", "IB's history service has no answer",
                "ask for fewer bars, or wait", (("pacing", "wait ten minutes; IB answers 60 questions in that time"),
                                                ("permission", _SUBSCRIBE))),
    Explanation(165, _N, "error", "IB's history service says something"),
    Explanation(200, _R, "error", "IB knows no such contract, or several", "find its name with /",
                (("ambiguous", "name its exchange, currency or expiry: find it with /"),)),
    Explanation(300, _NONE, "error", "a stream that was cancelled was gone already"),
    Explanation(309, _NONE, "error", "more market depth streams than the account may have", "close another ladder"),
    Explanation(310, _NONE, "error", "a market depth stream that was cancelled was gone already"),
    Explanation(316, _NONE, "error", "IB stopped a stream of market depth", "open it again"),
    Explanation(317, _NONE, "error", "IB began a stream of market depth anew", "nothing"),
    Explanation(320, _Q, "error", "IB could not read the request", "tell it to the maintainers"),
    Explanation(321, _Q, "error", "IB finds a field of the request wrong", "",
                (("read-only", "untick Read-Only API in TWS under API, Settings"),)),
    Explanation(322, _Q, "error", "IB could not carry out the request", "ask again"),
    Explanation(334, _O, "error", "the date until which the order is good cannot be", "give a date and time to come"),
    Explanation(343, _O, "error", "a date or time of the order cannot be", "give a date and time to come"),
    Explanation(354, _N, "error", "the account has no market data for it", _SUBSCRIBE),
    Explanation(365, _NONE, "error", "a scan that was cancelled was gone already"),
    Explanation(366, _NONE, "error", "a question for history that was cancelled was gone already"),
    Explanation(420, _NONE, "error", "IB gives no real-time bars of it", _SUBSCRIBE),
    Explanation(430, _NONE, "error", "IB has no fundamental data of it"),
    Explanation(492, _N, "error", "other markets of it are not subscribed", _SUBSCRIBE),
    Explanation(502, _NONE, "error", "nothing listens at TWS's address",
                "start TWS or IB Gateway and tick Enable ActiveX and Socket Clients"),
    Explanation(503, _NONE, "error", "TWS is too old for this program", "update TWS"),
    Explanation(504, _NONE, "error", "there is no connection to TWS", "wait; it is connected again"),
    Explanation(10089, _NONE, "error", "the account has no live market data of it", _SUBSCRIBE),
    Explanation(10090, _NONE, "warning", "part of its market data is not subscribed", _SUBSCRIBE),
    Explanation(10092, _NONE, "error", "IB has no market depth of it"),
    Explanation(10167, _N, "warning", "its prices are of 15 minutes ago", _SUBSCRIBE),
    Explanation(10168, _NONE, "error", "the account has no market data of it, and delayed data is off", _SUBSCRIBE),
    Explanation(10172, _NONE, "error", "the account may not read that news", "subscribe to the provider with IB"),
    Explanation(10182, _NONE, "error", "IB cannot update a stream of bars", _RESTART_BY_ITSELF),
    Explanation(10186, _NONE, "error", "the account has no market data of it, and delayed data is off", _SUBSCRIBE),
    Explanation(10187, _NONE, "error", "IB has no past ticks of it"),
    Explanation(10188, _NONE, "error", "IB has no histogram of it"),
    Explanation(10189, _NONE, "error", "IB does not stream each tick of it", _SUBSCRIBE),
    Explanation(10190, _NONE, "error", "too many streams of each tick", "close another one"),
    Explanation(10197, _N, "error", "the same user is logged in elsewhere and gets the market data there",
                "log out there; it is asked for again each minute"),
    Explanation(10225, _NONE, "warning", "IB corrected a trade and stopped a stream of bars", _RESTART_BY_ITSELF),
    Explanation(10276, _NONE, "error", "the account may not read news", "subscribe to news with IB"),
    Explanation(10358, _NONE, "error", "the account may not read fundamental data", "subscribe to it with IB"),
    # the connection
    Explanation(326, _NONE, "error", "another program uses the client id", "close it, or set another client_id"),
    Explanation(1100, _NONE, "error", "TWS has lost IB's servers", "nothing; orders wait until it is back"),
    Explanation(1101, _NONE, "warning", "TWS has IB's servers again, not its streams", "nothing; all is asked again"),
    Explanation(1102, _NONE, "info", "TWS has IB's servers again", "nothing; what happened meanwhile is asked"),
    Explanation(1300, _NONE, "error", "TWS changed its API port", "set the new port in the profile"),
    Explanation(2100, _N, "warning", "another program took over the account's figures", "give each its own client id"),
    Explanation(2101, _N, "warning", "another program has the account's figures", "give each its own client id"),
    Explanation(2103, _N, "warning", "a market data farm is down", "wait; prices of it are shown stale"),
    Explanation(2104, _N, "info", "a market data farm is up"),
    Explanation(2105, _N, "warning", "the history farm is down", "wait; bars of the past come later"),
    Explanation(2106, _N, "info", "the history farm is up"),
    Explanation(2107, _N, "info", "the history farm rests until it is needed"),
    Explanation(2108, _N, "info", "a market data farm rests until it is needed"),
    Explanation(2109, _N, "warning", "IB ignores that the order may trade outside regular hours"),
    Explanation(2110, _N, "error", "TWS has lost IB's servers and tries again", "nothing; orders wait meanwhile"),
    Explanation(2119, _N, "info", "a market data farm is being connected"),
    Explanation(2137, _N, "warning", "the order crosses another one of the account"),
    Explanation(2148, _N, "warning", "IB changed the time in force of the order"),
    Explanation(2157, _N, "warning", "the farm of contract details is down", "wait; names may not be found meanwhile"),
    Explanation(2158, _N, "info", "the farm of contract details is up"),
    Explanation(2161, _N, "warning", "IB caps the price of the order"),
    Explanation(2176, _N, "warning", "IB rounds sizes to whole shares for this version of the interface"),
    # orders
    Explanation(103, _O, "error", "the order's number was used before", _LOOK),
    Explanation(104, _O, "error", "the order filled before the change came", _LOOK),
    Explanation(105, _C, "error", "the change names another contract, side or account than the order"),
    Explanation(106, _O, "error", "TWS cannot send the order on", "look for a message in TWS"),
    Explanation(107, _R, "error", "the order lacks a field", "tell it to the maintainers"),
    Explanation(109, _H, "error", "a precaution: the price is too far from the market", _PRECAUTION),
    Explanation(110, _R, "error", "the price is no multiple of the tick", "use a price on the tick"),
    Explanation(111, _O, "error", "the order type and the time in force do not go together", "use another of either"),
    Explanation(113, _O, "error", "an order at the close is good for the day only", "use DAY"),
    Explanation(116, _O, "error", "the exchange of the order is closed for good", "route it elsewhere"),
    Explanation(131, _R, "error", "sweep to fill and display size are for stocks in the US"),
    Explanation(132, _R, "error", "the order lacks a clearing account", "set it in TWS"),
    Explanation(133, _O, "error", "IB did not take the new order", "look for a message in TWS"),
    Explanation(134, _R, "error", "IB did not take the change", "look for a message in TWS"),
    Explanation(135, _R, "error", "TWS finds no order of that number", _LOOK),
    Explanation(136, _R, "error", "the order can be cancelled no more", _LOOK),
    Explanation(161, _O, "error", "the order is in no state to be cancelled", _LOOK),
    Explanation(163, _H, "error", "a precaution: the price is too far from the market", _PRECAUTION),
    Explanation(164, _H, "error", "a precaution: no market to check the price against", _PRECAUTION),
    Explanation(201, _R, "error", "IB rejected the order", "",
                (("margin", "trade less, or free margin"),
                 ("cash", "trade less, or bring in cash"),
                 ("short", "no shares can be borrowed to sell short; ask IB, or wait"),
                 ("permission", "ask for the permission in IB's Client Portal"),
                 ("day trad", "the account has too few dollars for another day trade; hold it overnight"),
                 ("too far", "use a price nearer to the market"),
                 ("size", "trade less in one order"),
                 ("closed", "wait for the session, or add outside"))),
    Explanation(202, _X, "error", "the order was cancelled", "",
                (("price", "use a price nearer to the market"), ("too far", "use a price nearer to the market"))),
    Explanation(203, _R, "error", "the account may not trade it", "ask for the permission in IB's Client Portal"),
    Explanation(329, _C, "error", "the change would alter the order's type", "cancel it and place another"),
    Explanation(382, _H, "error", "a precaution: the price is too many ticks away", _PRECAUTION),
    Explanation(383, _H, "error", "a precaution: the size is too large", _PRECAUTION),
    Explanation(387, _R, "error", "the order type is not possible for it on that exchange", "use LMT, MKT or STP"),
    Explanation(388, _R, "error", "the size is below the smallest one of the exchange", "trade more"),
    Explanation(391, _R, "error", "the end date of the order cannot be", "give a date and time to come"),
    Explanation(399, _N, "warning", "IB says something about the order"),
    Explanation(403, _H, "error", "a precaution: the stop would trigger at once", _PRECAUTION),
    Explanation(404, _N, "error", "shares to sell short are being located", "wait, or cancel"),
    Explanation(434, _R, "error", "the size of the order is zero", "give a size"),
    Explanation(439, _O, "error", "IB does not know the order's algorithm", "use another one"),
    Explanation(440, _O, "error", "the order's algorithm cannot be changed", "cancel it and place another"),
    Explanation(441, _O, "error", "a field of the order's algorithm is wrong", "use another value"),
    Explanation(442, _O, "error", "the order's algorithm is not possible for it", "use another one"),
    Explanation(443, _O, "error", "the order's algorithm has no such field", "leave it out"),
    Explanation(451, _H, "error", "a precaution: the value is too large", _PRECAUTION),
    Explanation(460, _O, "error", "the account may not trade it without a percentage constraint", _PRECAUTION),
    Explanation(463, _R, "error", "the order needs a limit price", "give a limit"),
    Explanation(478, _O, "error", "fields of the order contradict each other", _LOOK),
    Explanation(10006, _R, "error", "the parent of the order is not there", "place both again"),
    Explanation(10082, _H, "error", "a precaution: the bond was called", _PRECAUTION),
    Explanation(10138, _H, "error", "a precaution: the change of the size is too large", _PRECAUTION),
    Explanation(10151, _H, "error", "a precaution: what a market order may pay", _PRECAUTION),
    Explanation(10152, _H, "error", "a precaution: what a combination may cost", _PRECAUTION),
    Explanation(10153, _H, "error", "a precaution: what the order may cost", _PRECAUTION),
    Explanation(10164, _H, "error", "a precaution: what an order in money trades", _PRECAUTION),
    Explanation(10223, _H, "error", "a precaution: what an order in money trades", _PRECAUTION),
    Explanation(10288, _H, "error", "a precaution: how fractions of a share are traded", _PRECAUTION),
    Explanation(10331, _H, "error", "a precaution: what a stop order may pay", _PRECAUTION),
    Explanation(10332, _H, "error", "a precaution: a cap on the price", _PRECAUTION),
    Explanation(10333, _H, "error", "a precaution: a cap on the price", _PRECAUTION),
    Explanation(10334, _H, "error", "a precaution: a cap on the price", _PRECAUTION),
    Explanation(10335, _H, "error", "a precaution: what an order in money trades", _PRECAUTION),
    Explanation(10336, _H, "error", "a precaution: what the order may cost", _PRECAUTION),
    Explanation(10147, _O, "error", "TWS finds no order of that number to cancel", _LOOK),
    Explanation(10148, _O, "error", "the order is in no state to be cancelled", _LOOK),
    Explanation(10149, _O, "error", "the order's number cannot be", _LOOK),
    Explanation(10243, _R, "error", "fractions of a share cannot be traded here", "trade whole shares"),
    Explanation(10268, _O, "error", "TWS does not take a field that it once took", _LOOK),
    Explanation(10289, _R, "error", "a coin is bought at market for an amount of money", "say how much money"),
    Explanation(10293, _R, "error", "an order in money says no quantity", "say one of the two"),
    Explanation(10311, _N, "error", "the order goes straight to an exchange and may cost more"),
    Explanation(10318, _O, "error", "the order is not complete", _LOOK),
    Explanation(10325, _R, "error", "the OCA group or its type is wrong", "use another group"),
    Explanation(10326, _U, "error", "the order's OCA group takes no order and no change while it works",
                "cancel the group and place it anew"),
    Explanation(10327, _U, "error", "the order's OCA group takes no order and no change while it works",
                "cancel the group and place it anew"),
    Explanation(10349, _N, "error", "a preset of TWS set the time in force; the order works"),
)  # fmt: skip
