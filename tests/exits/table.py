"""What has to come of every exit in every state: written from what a trader needs, not from what the program does."""

from __future__ import annotations

from tests.exits.expected import AAPL, AAPL_ALL, ALL, FLAT, HELD, READY, Expected, Row, row, varied
from tests.exits.troubles import MANY
from tests.exits.world import ENTRIES, EXITS

HALTED = row(
    READY,
    f9_f=varied(READY["F9 f"], gone=EXITS),
    flatten_symbol=varied(READY["flatten SYMBOL"], gone=AAPL),
    flatten_all=varied(READY["flatten all"], gone=EXITS),
    cancel_ref=varied(READY["cancel REF"], gone=frozenset({"msft stop"})),
    cancel_symbol=varied(READY["cancel SYMBOL"], gone=AAPL, says=("2 cancels sent, 2 confirmed",)),
    cancel_all=varied(READY["cancel all"], gone=EXITS, says=("3 cancels sent, 3 confirmed",)),
    halt=Expected(says=("halted", "2 protective stops stay")),
    e=Expected(exit=5, code="halted", says=("was not started", "resume")),
)

_CUT = Expected(exit=4, code="not_connected", says=("connect",))
"""Refused, since nothing would arrive."""
_NOT_ASKED = varied(_CUT, says=("nothing was cancelled",))
CUT: Row = {
    "x": _CUT,
    "flatten SYMBOL": _CUT,
    "flatten all": _CUT,
    "F9 f": varied(_CUT, says=("halted", "connect"), later=Expected(gone=ENTRIES)),
    "cancel REF": _NOT_ASKED,
    "cancel SYMBOL": _NOT_ASKED,
    "cancel all": _NOT_ASKED,
    "halt": Expected(exit=8, says=("halted", "not connected"), later=Expected(gone=ENTRIES)),
    "E": Expected(exit=4, code="not_active", says=("was not started", "READY")),
}
CUT_HALTED = row(
    CUT,
    f9_f=_CUT,
    halt=Expected(says=("halted", "not connected")),
)

_NOT_YET = varied(_CUT, says=("nothing was sent; wait for READY",))
RECONCILING = row(
    READY,
    x=_NOT_YET,
    flatten_symbol=_NOT_YET,
    flatten_all=_NOT_YET,
    e=CUT["E"],
    f9_f=varied(_NOT_YET, gone=ENTRIES, says=("halted", "2 cancels sent", "nothing was sent")),
)


def _unanswered(later: Expected, *says: str) -> Expected:
    """Asked for, not confirmed, and done when IB is back."""
    return Expected(exit=8, says=says, later=Expected(gone=later.gone))


WITHOUT_IB = row(
    CUT,
    f9_f=varied(_CUT, says=("halted", "2 cancels sent, 0 confirmed", "connect"), later=Expected(gone=ENTRIES)),
    cancel_ref=_unanswered(READY["cancel REF"], "1 cancel sent, 0 confirmed"),
    cancel_symbol=_unanswered(READY["cancel SYMBOL"], "3 cancels sent, 0 confirmed"),
    cancel_all=_unanswered(READY["cancel all"], "5 cancels sent, 0 confirmed"),
    halt=_unanswered(READY["halt"], "halted", "2 cancels sent, 0 confirmed", "2 protective stops stay"),
)
_UNSTARTED = Expected(
    exit=8,
    code="unknown",
    says=("has not confirmed", "nothing was started"),
    later=Expected(gone=frozenset({"tsla entry"})),
)
_DEAD = Expected(exit=4, code="no_answer", says=("nothing was sent",))
FROZEN = row(
    WITHOUT_IB,
    e=_UNSTARTED,
    x=_DEAD,
    flatten_symbol=varied(_CUT, later=Expected(gone=frozenset({"aapl entry"}))),
    flatten_all=varied(_CUT, code="", says=("nothing was sent",), later=Expected(gone=ENTRIES)),
    f9_f=Expected(says=("halted", "0 confirmed", "nothing was sent"), later=Expected(gone=ENTRIES)),
)


def _outside(*says: str) -> Row:
    """Trading is closed: a close waits beside the stop, which stays until it fills."""
    return row(
        READY,
        x=Expected(waits=frozenset({"AAPL"}), says=("SELL 100 AAPL", *says), later=READY["x"]),
        flatten_symbol=Expected(
            waits=frozenset({"AAPL"}), gone=frozenset({"aapl entry"}), says=says, later=READY["flatten SYMBOL"]
        ),
        flatten_all=Expected(waits=HELD, gone=ENTRIES, says=(*FLAT, *says), later=READY["flatten all"]),
        f9_f=Expected(waits=HELD, gone=ENTRIES, says=("halted", *FLAT, *says), later=READY["F9 f"]),
    )


_REST = frozenset({"MSFT", "NVDA"})
_REST_GONE = ENTRIES | {"msft stop"}
MARKET_HALTED = row(
    _outside("halted"),
    flatten_all=Expected(
        closed=_REST, waits=frozenset({"AAPL"}), gone=_REST_GONE, says=("halted",), later=READY["flatten all"]
    ),
    f9_f=Expected(closed=_REST, waits=frozenset({"AAPL"}), gone=_REST_GONE, says=("halted",), later=READY["F9 f"]),
)

_SOME = (("AAPL", "95"),)
_PART = Expected(
    left=_SOME, waits=frozenset({"AAPL"}), says=("SELL 100 AAPL", "partly filled"), later=READY["flatten SYMBOL"]
)
THIN = row(
    READY,
    x=varied(_PART, later=READY["x"]),
    flatten_symbol=varied(_PART, gone=frozenset({"aapl entry"})),
    flatten_all=Expected(
        closed=frozenset({"MSFT", "NVDA"}),
        left=_SOME,
        waits=frozenset({"AAPL"}),
        gone=ENTRIES | {"msft stop"},
        says=(*FLAT, "partly filled"),
        later=READY["flatten all"],
    ),
    f9_f=Expected(
        closed=frozenset({"MSFT", "NVDA"}),
        left=_SOME,
        waits=frozenset({"AAPL"}),
        gone=ENTRIES | {"msft stop"},
        says=("halted", *FLAT, "partly filled"),
        later=READY["F9 f"],
    ),
)
DELAYED = row(
    READY,
    x=varied(READY["x"], says=("SELL 100 AAPL", "delayed")),
    f9_f=varied(READY["F9 f"], says=("halted", "delayed")),
)

_ONE_LEFT = "1 not confirmed"
_NEVER_THERE = "needed none: never reached IB"
UNKNOWN_ELSEWHERE = row(
    READY,
    e=Expected(exit=5, code="unknown_order", says=("UNKNOWN",)),
    flatten_all=varied(READY["flatten all"], exit=5, says=(*FLAT, "UNKNOWN")),
    f9_f=varied(READY["F9 f"], says=("halted", *FLAT, "UNKNOWN")),
    cancel_all=varied(READY["cancel all"], exit=8, says=("6 cancels sent, 5 confirmed", _ONE_LEFT)),
    halt=varied(READY["halt"], exit=8, says=("halted", "3 cancels sent, 2 confirmed", _ONE_LEFT)),
)
_LEFT_ALONE = ("SELL 200 MSFT", "BUY 50 NVDA", "AAPL", "UNKNOWN")
UNKNOWN_HERE = row(
    UNKNOWN_ELSEWHERE,
    e=READY["E"],
    x=varied(READY["x"], says=("SELL 100 AAPL", "UNKNOWN", "short of 30")),
    flatten_symbol=Expected(exit=5, code="unknown_order", says=("--despite-unknown",)),
    flatten_all=Expected(closed=_REST, gone=frozenset({"msft stop", "tsla entry"}), exit=5, says=_LEFT_ALONE),
    f9_f=Expected(closed=_REST, gone=_REST_GONE, says=("halted", *_LEFT_ALONE)),
    cancel_symbol=varied(READY["cancel SYMBOL"], exit=8, says=("4 cancels sent, 3 confirmed", _ONE_LEFT)),
)

_DESPITE = varied(READY["flatten SYMBOL"], says=("SELL 100 AAPL",))
UNKNOWN_HERE = row(UNKNOWN_HERE, flatten_despite=varied(_DESPITE, exit=5, says=("SELL 100 AAPL", "SELL 30", "UNKNOWN")))
UNKNOWN_AT_IB = row(
    UNKNOWN_HERE,
    x=varied(UNKNOWN_HERE["x"], gone=AAPL | {"lost"}),
    flatten_despite=varied(_DESPITE, gone=AAPL_ALL | {"lost"}),
    cancel_symbol=Expected(gone=AAPL_ALL | {"lost"}, says=("4 cancels sent, 4 confirmed",)),
    cancel_all=Expected(gone=ALL | {"lost"}, says=("6 cancels sent, 6 confirmed",)),
    halt=varied(READY["halt"], gone=ENTRIES | {"lost"}, says=("halted", "3 cancels sent, 3 confirmed")),
    f9_f=varied(READY["F9 f"], gone=ALL | {"lost"}),
)

UNKNOWN_OF_NO_SYMBOL = row(
    UNKNOWN_ELSEWHERE,
    e=READY["E"],
    cancel_all=varied(READY["cancel all"], says=("5 cancels sent, 5 confirmed", _NEVER_THERE)),
    halt=varied(READY["halt"], says=("halted", "2 cancels sent, 2 confirmed", _NEVER_THERE)),
)

_BUT_TSLA = ALL - {"tsla entry"}
VANISHED = row(
    READY,
    e=Expected(exit=5, code="unknown_order", says=("IB has to answer first",)),
    flatten_all=varied(READY["flatten all"], gone=_BUT_TSLA, exit=5, says=(*FLAT, "UNKNOWN")),
    f9_f=varied(READY["F9 f"], gone=_BUT_TSLA, says=("halted", *FLAT, "UNKNOWN")),
    cancel_ref=Expected(exit=8, says=("0 confirmed", _ONE_LEFT)),
    cancel_all=varied(READY["cancel all"], gone=_BUT_TSLA, exit=8, says=("4 confirmed", _ONE_LEFT)),
    halt=varied(READY["halt"], gone=frozenset({"aapl entry"}), exit=8, says=("halted", "1 confirmed", _ONE_LEFT)),
)


_ES = frozenset({"ESZ6"})
BREAK = row(
    _outside("18:00"),
    x=Expected(waits=_ES, says=("SELL 1 ESZ6", "18:00"), later=Expected(closed=_ES, gone=frozenset({"es stop"}))),
    flatten_symbol=Expected(waits=_ES, says=("18:00",), later=Expected(closed=_ES, gone=frozenset({"es stop"}))),
    flatten_all=Expected(
        waits=HELD | _ES,
        gone=ENTRIES,
        says=(*FLAT, "SELL 1 ESZ6", "18:00", "9:30"),
        later=Expected(waits=HELD, closed=_ES, gone=ENTRIES | {"es stop"}),
    ),
    f9_f=Expected(
        waits=HELD | _ES,
        gone=ENTRIES,
        says=("halted", *FLAT, "SELL 1 ESZ6", "18:00", "9:30"),
        later=Expected(waits=HELD, closed=_ES, gone=ENTRIES | {"es stop"}),
    ),
    cancel_symbol=Expected(gone=frozenset({"es stop"}), says=("1 cancel sent, 1 confirmed",)),
    cancel_all=Expected(gone=ALL | {"es stop"}, says=("6 cancels sent, 6 confirmed",)),
    halt=varied(READY["halt"], says=("halted", "2 cancels sent, 2 confirmed", "3 protective stops stay")),
)


_NO_STOP = AAPL_ALL - {"aapl stop"}
VANISHED_STOP = row(
    UNKNOWN_HERE,
    x=Expected(closed=frozenset({"AAPL"}), gone=frozenset({"aapl target"}), says=("UNKNOWN", "short of 100")),
    flatten_despite=Expected(closed=frozenset({"AAPL"}), gone=_NO_STOP, exit=5, says=("SELL 100 AAPL", "UNKNOWN")),
    cancel_symbol=Expected(gone=_NO_STOP, exit=8, says=("2 confirmed", _ONE_LEFT)),
    cancel_all=Expected(gone=ALL - {"aapl stop"}, exit=8, says=("4 confirmed", _ONE_LEFT)),
    halt=varied(READY["halt"], says=("halted", "2 cancels sent, 2 confirmed", "1 protective stop stays")),
)


def _odd(symbol: str, whole: str, left: str) -> Row:
    """A position that is no whole number of lots: the whole lots go, the rest is named."""
    some = ((symbol, left),)
    return row(
        READY,
        x=Expected(left=some, says=(f"SELL {whole} {symbol}", left)),
        flatten_symbol=Expected(left=some, exit=5, says=(f"SELL {whole} {symbol}", left)),
        flatten_all=varied(READY["flatten all"], left=some, exit=5, says=(*FLAT, f"SELL {whole} {symbol}", left)),
        f9_f=varied(READY["F9 f"], left=some, says=(*FLAT, f"SELL {whole} {symbol}", left)),
        cancel_symbol=Expected(exit=5, code="no_order", says=(symbol,)),
    )


_BARRED = Expected(exit=5, code="read_only", says=("read-only",))
READ_ONLY = row(
    READY,
    e=_BARRED,
    x=_BARRED,
    flatten_symbol=_BARRED,
    flatten_all=_BARRED,
    f9_f=varied(_BARRED, gone=ENTRIES, says=("halted", "read-only")),
)


def _denied(later: Expected, *says: str) -> Expected:
    """TWS takes nothing: nothing changes, its reason is said, and cancels are asked for again."""
    return Expected(exit=8, says=("Read-Only", *says), later=Expected(gone=later.gone))


_REJECTED = Expected(exit=7, says=("Read-Only",))
BOX_TICKED = row(
    READY,
    e=_UNSTARTED,
    x=_REJECTED,
    flatten_symbol=varied(_REJECTED, later=Expected(gone=frozenset({"aapl entry"}))),
    flatten_all=varied(_REJECTED, later=Expected(gone=ENTRIES)),
    f9_f=varied(_REJECTED, says=("halted", "Read-Only"), later=Expected(gone=ENTRIES)),
    cancel_ref=_denied(READY["cancel REF"], "0 confirmed"),
    cancel_symbol=_denied(READY["cancel SYMBOL"], "0 confirmed"),
    cancel_all=_denied(READY["cancel all"], "0 confirmed"),
    halt=_denied(READY["halt"], "halted", "0 confirmed", "2 protective stops stay"),
)

_MANY = frozenset(f"entry {number}" for number in range(MANY))
LIMITED = row(
    READY,
    flatten_all=varied(READY["flatten all"], gone=ALL | _MANY),
    f9_f=varied(READY["F9 f"], gone=ALL | _MANY),
    cancel_all=Expected(gone=ALL | _MANY, says=("65 cancels sent, 65 confirmed",)),
    halt=Expected(gone=ENTRIES | _MANY, says=("halted", "62 cancels sent, 62 confirmed", "2 protective stops stay")),
)

_IN_VAIN = {name: expected for name, expected in _outside("9:30").items() if expected.waits and name != "E"}
_BUT_AAPL = ENTRIES - {"aapl entry"}
_STOPPED = Expected(closed=frozenset({"AAPL", "MSFT"}), gone=EXITS)
"""The stop of what nobody closed has filled as well."""
GAP = _IN_VAIN | {
    "x": varied(_IN_VAIN["x"], later=_STOPPED),
    "flatten SYMBOL": Expected(waits=frozenset({"AAPL"}), says=("9:30",), later=_STOPPED),
    "flatten all": varied(
        _IN_VAIN["flatten all"], gone=_BUT_AAPL, later=varied(READY["flatten all"], gone=_BUT_AAPL | EXITS)
    ),
    "F9 f": varied(_IN_VAIN["F9 f"], gone=_BUT_AAPL, later=varied(READY["F9 f"], gone=_BUT_AAPL | EXITS)),
}

SENSELESS: dict[tuple[str, str], str] = {
    ("gap at the open", action): "it leaves nothing that waits for the open"
    for action in ("cancel REF", "cancel SYMBOL", "cancel all", "halt", "E")
}
"""Cells that are left out, and why.

`--despite-unknown` and `--outside` are tried where they change something. Where an action has lost its object (a halt
takes the entries), it is pointed at what is left: `cancel REF` and `E` at a stop.
"""

TABLE: dict[str, Row] = {
    "READY": READY,
    "CONNECTING": CUT,
    "RECONCILING": RECONCILING,
    "HALTED": HALTED,
    "NO LINK": CUT,
    "HALTED, NO LINK": CUT_HALTED,
    "1100": WITHOUT_IB,
    "2110": WITHOUT_IB,
    "frozen": FROZEN,
    "evening": row(_outside("9:30"), flatten_outside=READY["flatten SYMBOL"]),
    "gap at the open": GAP,
    "weekend": row(_outside("9:30"), e=varied(READY["E"], waits=frozenset(), says=("no market is known for TSLA",))),
    "half day": _outside("9:30"),
    "daily break": BREAK,
    "halted market": MARKET_HALTED,
    "thin market": THIN,
    "delayed": DELAYED,
    "UNKNOWN elsewhere": UNKNOWN_ELSEWHERE,
    "UNKNOWN here": UNKNOWN_HERE,
    "UNKNOWN, at IB": UNKNOWN_AT_IB,
    "vanished": VANISHED,
    "vanished stop": VANISHED_STOP,
    "UNKNOWN of no symbol": UNKNOWN_OF_NO_SYMBOL,
    "fraction": _odd("GOOG", "1", "0.5"),
    "currency": _odd("EUR.USD", "1,234", "0.56"),
    "read-only profile": READ_ONLY,
    "Read-Only box": BOX_TICKED,
    "message limit": LIMITED,
}
