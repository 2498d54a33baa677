"""Everything an engine and its clients say to each other: one JSON object a line.

A client says Hello and gets Hello. It asks (Request) and gets a Reply or a Failure with the same id. It subscribes
once, then says Next after it has painted; each Next gets one Frame as soon as there is something new. A client that
stops reading costs nothing and never sees backlog: a frame holds the newest state, not the history of it. Log lines
come by sequence number from a bounded ring; who falls out of it gets `gap`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.commands.command import Command
from ibtui.domain.ability import Hindrance, SessionState, hindrances
from ibtui.domain.account import Account
from ibtui.domain.alert import PriceAlert
from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.event import ConnectionState
from ibtui.domain.fill import Fill
from ibtui.domain.happening import Away
from ibtui.domain.hold import HeldInstrument
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, Role
from ibtui.domain.position import Effect, Position
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import HasTerms
from ibtui.link.status import Cancelling, Status, StrategyStatus

VERSION = 2
"""Of this protocol. With the version before, a few questions work (`link.earlier`); any other is refused in a sentence.
"""

TO_CLIENT_LIMIT = 16 * 1024 * 1024
TO_ENGINE_LIMIT = 64 * 1024
"""Bytes in one line, by direction."""


# what both say


class Hello(Struct, frozen=True, kw_only=True, tag_field="is", tag="hello"):
    """Who is there: said first by either side of a conversation."""

    version: int = VERSION
    program: str
    """The version of ibtui that says it."""
    pid: int
    role: Literal["engine", "terminal", "command"]
    profile: str = ""


# what a client asks


class GetStatus(Struct, frozen=True, tag_field="ask", tag="status"):
    """How does the engine stand? Answered by Status."""


class Preview(Struct, frozen=True, kw_only=True, tag_field="ask", tag="preview"):
    """What would this command send? Answered by Plan, which carries the token that sends it."""

    command: Command
    id: str = ""
    """The caller's own, as in Do; the token sends under it."""


class Send(Struct, frozen=True, kw_only=True, tag_field="ask", tag="send"):
    """Send what a plan showed. Answered by Outcome, at once, or with `wait` once the broker answered or 5 s passed."""

    token: str
    wait: bool = False


class Do(Struct, frozen=True, kw_only=True, tag_field="ask", tag="do"):
    """Carry out a command in one step: preview and send for orders, directly for the rest. Answered by Outcome."""

    command: Command
    wait: bool = False
    id: str = ""
    """The caller's own, for orders: asked twice under one, they are sent once, and the second answer tells how they
    stand. Empty for none."""


class Check(Struct, frozen=True, kw_only=True, tag_field="ask", tag="check"):
    """Would this command be refused, and what would it do? Nothing is done. Answered by Outcome."""

    command: Command


class Search(Struct, frozen=True, kw_only=True, tag_field="ask", tag="search"):
    """Instruments matching a pattern. Answered by Found."""

    pattern: str


class GetBars(Struct, frozen=True, kw_only=True, tag_field="ask", tag="bars"):
    """Past bars of an instrument, oldest first, the running one last. Answered by Bars."""

    symbol: str
    seconds: int = 60
    count: int = 390


class GetHistory(Struct, frozen=True, kw_only=True, tag_field="ask", tag="history"):
    """Bars of the past from `begin` up to, not including, `end`, kept by the engine once IB has told them.

    Answered by History. One question leads to one question to IB at most: ask again until nothing is missing, then on
    from `next` until there is none.
    """

    symbol: str
    seconds: int
    begin: datetime
    end: datetime
    hours: BarHours | None = None
    """Of which hours bars of an hour and more are; None for those of the profile."""


class Tell(Struct, frozen=True, kw_only=True, tag_field="ask", tag="tell"):
    """Something happened: strategies, recordings and clients are told. Answered by Told."""

    signals: tuple[Signal, ...]


class Record(Struct, frozen=True, kw_only=True, tag_field="ask", tag="record"):
    """Record these instruments, beside those that are recorded already. Answered by Recording."""

    symbols: tuple[str, ...]
    """Symbols to record; `watchlist` among them follows the watchlist as it changes."""
    bars: str = "1min"
    """Length of the bars that are written beside the ticks; empty for none."""


class StopRecording(Struct, frozen=True, tag_field="ask", tag="stop_recording"):
    """Record nothing any more. Answered by Recording."""


class GetRecording(Struct, frozen=True, tag_field="ask", tag="recording"):
    """What is recorded? Answered by Recording."""


class Shutdown(Struct, frozen=True, kw_only=True, tag_field="ask", tag="shutdown"):
    """End the engine: strategies stop, working orders stay at the broker. Answered by Ended."""


Ask = (
    GetStatus
    | Preview
    | Send
    | Do
    | Check
    | Search
    | GetBars
    | GetHistory
    | Tell
    | Record
    | StopRecording
    | GetRecording
    | Shutdown
)


class Request(Struct, frozen=True, kw_only=True, tag_field="is", tag="request"):
    """One question; `id` is chosen by the client and comes back."""

    id: int
    ask: Ask


class Subscribe(Struct, frozen=True, kw_only=True, tag_field="is", tag="subscribe"):
    """Begin frames; the first is a snapshot. `after` is the last log sequence number already seen, 0 for none."""

    after: int = 0
    feed: bool = False
    """Also fills and signals, for a program that listens."""


class Next(Struct, frozen=True, tag_field="is", tag="next"):
    """The last frame is painted; one more may come."""


FromClient = Hello | Request | Subscribe | Next


# what an engine answers


class PlannedLeg(HasTerms, frozen=True, kw_only=True):
    """One order of a plan, exactly as it would be sent."""

    role: Role


class Worth(Struct, frozen=True, kw_only=True):
    """An amount of money in one currency."""

    value: float
    currency: str


class Closing(Struct, frozen=True, kw_only=True):
    """What a close came to in one instrument."""

    symbol: str
    sent: Decimal = Decimal(0)
    """Quantity of the closing orders that went out."""
    left: Decimal = Decimal(0)
    """Quantity of the position that none of them closes."""
    why: str = ""
    """Why something is left, or may still come."""
    code: str = ""
    """Of the refusal, where nothing was sent for it."""
    waits: str = ""
    """Until when the orders wait: `until 9:30`; empty where their market is open."""


class Plan(Struct, frozen=True, kw_only=True, tag_field="answer", tag="plan"):
    """What a command would send, in words and in figures. A command that may not be sent gets a Failure instead."""

    token: str
    """Sends this plan once; dies with the connection, with time, and when the market leaves the collar."""
    sentence: str
    """`BUY 100 AAPL at 187.25 limit, day`: the whole order in words; for several, one line each."""
    legs: tuple[PlannedLeg, ...]
    effect: Effect
    effect_sentence: str
    """`ADDS to a long of 100, becomes 200`."""
    value: float | None = None
    """Of all orders without their children, in `currency`; None when a price is not known, or currencies differ."""
    currency: str = "USD"
    account_value: float | None = None
    """What all orders without their children are worth together in the account's currency; None when a price or an
    exchange rate is not known."""
    account_currency: str = ""
    """Empty while IB has not told it."""
    value_percent: float | None = None
    """Of the account's net liquidation."""
    commission: float | None = None
    """An estimate in `currency`."""
    bare: Decimal = Decimal(0)
    """Quantity that would stand without a protective stop afterwards."""
    cancels: tuple[str, ...] = ()
    """Refs of orders that are cancelled first."""
    warnings: tuple[str, ...] = ()
    """At most three, the worst first."""
    outcomes: tuple[str, ...] = ()
    """What may become of the position, one sentence each, where that is not certain: `if the UNKNOWN BUY 100 fills
    too: long of 200`. Its sender has to say yes once more when there are any."""
    seconds: float = 20.0
    """How long the token lives."""
    collar_ticks: int = 5
    """How far the market may move before the token dies."""
    totals: tuple[Worth, ...] = ()
    """Of several orders, what they are worth together in each currency; `value` is then set where that is one."""
    verb: str = ""
    """What its token does, as `accept`; empty for sending its legs, or, without any, for starting a strategy."""
    offer: str = ""
    """`add outside: a limit at 187.22 may trade now`; not empty where the same command with `outside` may do better."""


def deed(plan: Plan) -> str:
    """What the token of a plan does, a verb: `send`, `start`, `accept`, `adjust`."""
    return plan.verb or ("send" if plan.legs else "start")


class Outcome(Struct, frozen=True, kw_only=True, tag_field="answer", tag="outcome"):
    """What became of a command."""

    message: str
    """One sentence of fact: `BUY 100 AAPL sent`, `halted: 2 entries cancelled`."""
    orders: tuple[Order, ...] = ()
    """The orders concerned, as they stand now."""
    answered: bool = True
    """False when the broker had not answered within 5 s: status unknown, never sent again."""
    repeated: bool = False
    """The caller's id was known: these are the orders that were sent under it before, and nothing was sent now."""
    closings: tuple[Closing, ...] = ()
    """Of a close or a flatten, one an instrument."""
    away: Away | None = None
    """Of `since`: what happened while no terminal was attached."""
    alerts: tuple[PriceAlert, ...] = ()
    """Of `alerts`: those that wait, then those that fired, the newest first."""


class Match(Struct, frozen=True, kw_only=True):
    """One instrument that a search found."""

    symbol: str
    name: str
    sec_type: str
    exchange: str
    currency: str
    expiry: str = ""
    """The last day of a future as YYYYMMDD; empty for what has none."""


class Found(Struct, frozen=True, kw_only=True, tag_field="answer", tag="found"):
    """What a search found, best first."""

    matches: tuple[Match, ...]


class Bars(Struct, frozen=True, kw_only=True, tag_field="answer", tag="bars"):
    """Past bars of one instrument, the oldest first."""

    symbol: str
    seconds: int
    bars: tuple[Bar, ...]


class History(Struct, frozen=True, kw_only=True, tag_field="answer", tag="history"):
    """A page of past bars, or how far they are known."""

    symbol: str
    bars: tuple[Bar, ...] = ()
    next: datetime | None = None
    """Where the next page begins; None after the last."""
    missing: datetime | None = None
    """Bars before this are still to be asked of IB, newest first; None when all are known."""
    wait: float = 0.0
    """Seconds after which IB may be asked again."""


class Told(Struct, frozen=True, kw_only=True, tag_field="answer", tag="told"):
    """The signals were passed on."""

    count: int


class Recording(Struct, frozen=True, kw_only=True, tag_field="answer", tag="recording"):
    """What is recorded, where to, and how much."""

    on: bool
    message: str
    """What became of it, in one sentence."""
    symbols: tuple[str, ...] = ()
    bars: str = ""
    folder: str = ""
    """That of the day; empty while nothing is recorded."""
    since: datetime | None = None
    rows: int = 0
    """Written since then by this engine."""
    dropped: int = 0
    """Facts that were too many for the disk; the gap is marked."""


class Ended(Struct, frozen=True, kw_only=True, tag_field="answer", tag="ended"):
    """The engine is going; the sentence says what stays behind."""

    message: str


Answer = Status | Plan | Outcome | Found | Bars | History | Told | Recording | Ended


class Reply(Struct, frozen=True, kw_only=True, tag_field="is", tag="reply"):
    """The answer to the request of that id."""

    id: int
    answer: Answer


class Failure(Struct, frozen=True, kw_only=True, tag_field="is", tag="failure"):
    """A refusal or an error: nothing was sent. `id` is None when the whole conversation ends with it."""

    id: int | None
    code: str
    message: str


# what an engine shows


class SessionHeader(Struct, frozen=True, kw_only=True):
    """The header: can I send, with what, and if not why."""

    profile: str
    mode: Literal["paper", "live"]
    demo: bool = False
    """Prices are simulated by the offline gateway that `ibtui demo` started."""
    state: SessionState
    """The worst of connection and halt: `halted` means connected and halted; see `halted` for the halt itself."""
    since: datetime
    """When this state began, aware UTC."""
    reason: str = ""
    """A sentence for each cause when the state is not active, the worst first."""
    connection: ConnectionState | None = None
    """The session with IB; None from an engine that said it only by `state`."""
    halted: datetime | None = None
    """Since when trading is halted, aware UTC; None while it is not."""
    positions_known: bool = True
    """IB has told all positions since this engine began; before that, what is not listed is unknown, not flat."""
    round_trip: float | None = None
    """Seconds of the last heartbeat."""
    read_only: bool = False
    host: str = ""
    port: int = 0
    client_id: int = 0
    server_version: int | None = None
    timezone: str = NEW_YORK.key
    lines: int = 0
    """Market data lines in use, of `MARKET_DATA_LINES`."""
    history_requests: int = 0
    """History requests that are open, of `HISTORY_REQUESTS`; bars kept up to date count while they run."""
    clients: int = 0
    """How many clients this engine has now."""
    recording: int = 0
    """Instruments that are recorded; 0 when nothing is."""
    cancelling: Cancelling = Cancelling()
    """How many orders are being cancelled, and how many of them are done."""
    queued: int = 0
    """Orders and cancels that wait for IB's message limit."""
    holds: tuple[HeldInstrument, ...] = ()
    """Instruments whose books do not agree: only what reduces IB's count of them passes."""


def hindering(session: SessionHeader) -> tuple[Hindrance, ...]:
    """What stands in the way of trading, the worst first."""
    halted = session.halted is not None or session.state == "halted"
    told: ConnectionState = "active" if session.state == "halted" else session.state
    connection = session.connection or told
    return hindrances(connection, halted=halted, read_only=session.read_only, held=len(session.holds))


LogKind = Literal["ORDER", "FILL", "STRAT", "DATA", "EVENT", "ALERT", "ERROR", "INFO"]
"""What a line of the log is about."""


class LogEntry(Struct, frozen=True, kw_only=True):
    """One line of the log; text is sanitized."""

    seq: int
    time: datetime
    kind: LogKind
    text: str


class Frame(Struct, frozen=True, kw_only=True, tag_field="is", tag="frame"):
    """What changed since this client's last frame; absent means unchanged."""

    snapshot: bool = False
    """Everything below is whole; forget what was shown before."""
    gap: bool = False
    """Log lines were lost between the last frame and this one."""
    session: SessionHeader | None = None
    account: Account | None = None
    instruments: tuple[Instrument, ...] = ()
    """Instruments that are new or have changed since the frame before."""
    watchlist: tuple[str, ...] | None = None
    quotes: tuple[Quote, ...] = ()
    """The newest quote of each instrument that changed."""
    positions: tuple[Position, ...] | None = None
    """All of them, when any changed."""
    orders: tuple[Order, ...] = ()
    """Changed ones; an order is never taken away within a day."""
    strategies: tuple[StrategyStatus, ...] | None = None
    """All of them, when any changed."""
    log: tuple[LogEntry, ...] = ()
    fills: tuple[Fill, ...] = ()
    """New or changed ones, for a client that asked for the feed; one comes again when its commission is known."""
    away: Away | None = None
    """In the first frame of a terminal that came back, where anything happened while none was attached."""
    signals: tuple[Signal, ...] = ()
    """For a client that asked for the feed; `gap` when some were too many to keep."""


FromEngine = Hello | Reply | Failure | Frame
