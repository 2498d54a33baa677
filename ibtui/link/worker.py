"""What an engine and a strategy's worker process say to each other over their socketpair: one JSON object a line.

The engine says Load; the worker answers Described or Failed. For a run it then says Begin, answered by Started or
Failed, then Past, and market events follow; quotes are latest-wins, everything else is lossless and in order. Every
Request is answered by OrderMoved or Refused. Finish asks the worker to stop; it is killed if it does not end at once.
Look and ReadSignals instead of Load have it read foreign files.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.currency import OwnCurrency
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings, Limits
from ibtui.domain.options.chain import Chain
from ibtui.domain.order import Change, Order
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import HasTerms
from ibtui.link.status import ParameterStatus


class Load(Struct, frozen=True, kw_only=True, tag_field="is", tag="load"):
    """Import a strategy: a built-in by name, or the user's file.

    Without a name every built-in is described, one Described each, then Finished.
    """

    name: str
    file: str = ""
    sha256: str = ""
    """Refuse the file when it is not this one; empty accepts any."""
    memory: int = 0
    """MiB that the process may take; 0 for a share of the machine."""


class Look(Struct, frozen=True, kw_only=True, tag_field="is", tag="look"):
    """Read strategies' files without running anything of them: one Described each, then Finished."""

    files: dict[str, str]
    """Path of the file by the strategy's name."""


class ReadSignals(Struct, frozen=True, kw_only=True, tag_field="is", tag="read_signals"):
    """Read a calendar or another file of signals instead of running a strategy: answered by Entries until Finished, or
    by Failed."""

    file: str
    now: datetime
    """Entries of long before it are left away."""


class ShadowLimits(Struct, frozen=True, kw_only=True):
    """What a strategy in shadow is held to, since no desk sees its orders."""

    account: Limits
    """The profile's; the account is taken to hold what the strategy holds."""
    strategy: Ceilings
    bounded: bool
    """Whether its positions have a limit even where none is set."""
    groups: dict[str, str] = {}
    """The group of each symbol that is in one."""
    owner: str = ""
    """The run's name, whose limits its own are."""


class Begin(Struct, frozen=True, kw_only=True, tag_field="is", tag="begin"):
    """Run with these parameters from this position and with these orders of its own."""

    parameters: dict[str, str]
    position: dict[str, Decimal]
    orders: tuple[Order, ...]
    equity: float | None
    shadow: bool = False
    """Its orders are drawn and not sent; they fill in its own book on the quotes that it is told."""
    memory: dict[str, Any] = {}
    """What it put into `memory` before."""
    time: datetime | None = None
    """What the engine's clock shows; the worker's goes on from there, or is this machine's."""
    hours: BarHours | None = None
    """Of which hours its bars are, from an hour on; None for what is usual for each instrument."""
    limits: ShadowLimits | None = None
    """What it is held to in shadow; None for what only tries whether it begins."""


class Past(Struct, frozen=True, kw_only=True, tag_field="is", tag="past"):
    """What it trades, and closed bars in order of time; no orders may come of them. After this it is live."""

    instruments: tuple[Instrument, ...]
    bars: tuple[Bar, ...]
    hours: dict[str, TradingHours] = {}
    """What IB told of their hours, by symbol."""
    time: datetime | None = None
    """What the engine's clock shows: from here on times of a session are due."""


class BarClosed(Struct, frozen=True, kw_only=True, tag_field="is", tag="bars"):
    """The bars of one close time, one for each instrument that traded."""

    bars: tuple[Bar, ...]
    equity: float | None = None
    """Net liquidation of the account at that time, in its base currency."""
    time: datetime | None = None
    """What the engine's clock shows: much later than their close where the machine slept, or IB was away."""


class CurrencySeen(Struct, frozen=True, kw_only=True, tag_field="is", tag="currency"):
    """The account's currency and what others are worth in it, before Past and when that has changed."""

    own: OwnCurrency


class QuoteMoved(Struct, frozen=True, kw_only=True, tag_field="is", tag="quote"):
    """The newest quote of an instrument; older ones that were not read yet are dropped."""

    quote: Quote
    time: datetime | None = None
    """When it came by the engine's clock: the time under which a recording keeps it."""


class OrderUpdate(Struct, frozen=True, kw_only=True, tag_field="is", tag="order"):
    """One of the strategy's own orders changed."""

    order: Order


class FillSeen(Struct, frozen=True, kw_only=True, tag_field="is", tag="fill"):
    """One of the strategy's own fills."""

    fill: Fill
    position: Decimal
    """The strategy's own position in that instrument afterwards."""
    time: datetime | None = None
    """When it was heard by the engine's clock: IB tells a fill's own time in whole seconds."""
    correction: Decimal | None = None
    """By how much, signed, a fill that was told before has changed; None for a new one."""


class Held(Struct, frozen=True, kw_only=True, tag_field="is", tag="held"):
    """The account's position in an instrument, for an execution algorithm."""

    symbol: str
    quantity: Decimal
    covered: Decimal = Decimal(0)
    """How much of it stops cover that are not the algorithm's own."""
    time: datetime | None = None
    """What the engine's clock shows."""


class SignalSeen(Struct, frozen=True, kw_only=True, tag_field="is", tag="signal"):
    """News, a release, an alert, a prediction."""

    signal: Signal


class SetParameters(Struct, frozen=True, kw_only=True, tag_field="is", tag="change"):
    """Other values of changeable parameters, as typed. Answered by Changed or Failed (code bad_parameter)."""

    parameters: dict[str, str]


class RequestRefused(Struct, frozen=True, kw_only=True, tag_field="is", tag="refused"):
    """A request did not pass the desk."""

    ref: str
    code: str
    message: str


class ChainAnswer(Struct, frozen=True, kw_only=True, tag_field="is", tag="chain"):
    """The options that a ChainRequest asked for, or why there are none."""

    id: int
    chain: Chain | None = None
    instruments: tuple[Instrument, ...] = ()
    """The options of the chain as they are traded; it may trade them from now on."""
    code: str = ""
    message: str = ""


class Finish(Struct, frozen=True, kw_only=True, tag_field="is", tag="finish"):
    """Stop now: the strategy's `on_stop` runs, and the worker ends."""


class Ping(Struct, frozen=True, kw_only=True, tag_field="is", tag="ping"):
    """Is a hook still running? Answered by Pong as soon as none is. What a strategy wants called by the clock is."""

    time: datetime | None = None
    """What the engine's clock shows."""


ToWorker = (
    Load
    | Look
    | ReadSignals
    | Begin
    | Past
    | BarClosed
    | CurrencySeen
    | QuoteMoved
    | OrderUpdate
    | FillSeen
    | Held
    | SignalSeen
    | SetParameters
    | ChainAnswer
    | RequestRefused
    | Ping
    | Finish
)


class Described(Struct, frozen=True, kw_only=True, tag_field="is", tag="described"):
    """What the strategy is and takes."""

    name: str
    summary: str
    sha256: str
    parameters: tuple[ParameterStatus, ...]
    for_trader: bool = False
    """An execution algorithm, which trades the trader's own position."""
    guards: bool = False
    """It takes up the trader's own protective stops when it is started."""
    failure: str = ""
    """Why its file cannot be read, one sentence; the rest is then empty."""
    unsafe: bool = False
    """It cannot be used because others could write it."""


class Entries(Struct, frozen=True, kw_only=True, tag_field="is", tag="entries"):
    """Some of what a file of signals holds, oldest first, and sentences about what was left out of it."""

    signals: tuple[Signal, ...] = ()
    left_out: tuple[str, ...] = ()


class Started(Struct, frozen=True, kw_only=True, tag_field="is", tag="started"):
    """Hooks are running; `warmup` is how many bars it wants before it decides."""

    warmup: int
    bar_seconds: int
    symbols: tuple[str, ...]


class OrderRequest(HasTerms, frozen=True, kw_only=True, tag_field="is", tag="request"):
    """An order the strategy wants; the same ref again is the same request. A combo's symbol is only a name for it."""

    ref: str
    target: Decimal | None = None
    protect: Decimal | None = None
    reduce_only: bool = False


class ChainRequest(Struct, frozen=True, kw_only=True, tag_field="is", tag="chain_request"):
    """Options of something it trades; it waits for the ChainAnswer with the same id."""

    id: int
    symbol: str
    days: float | None = None


class ChangeRequest(Struct, frozen=True, kw_only=True, tag_field="is", tag="change_order"):
    """Other terms for one of its own working orders."""

    change: Change

    @property
    def ref(self) -> str:
        return self.change.ref


class CancelRequest(Struct, frozen=True, kw_only=True, tag_field="is", tag="cancel"):
    """Cancel one of its own orders."""

    ref: str


class Decided(Struct, frozen=True, kw_only=True, tag_field="is", tag="decided"):
    """What it just decided and why, for the pane; `warming` while it has too little history."""

    time: datetime
    text: str
    warming: bool = False


class Said(Struct, frozen=True, kw_only=True, tag_field="is", tag="said"):
    """A line for the log."""

    text: str


class Failed(Struct, frozen=True, kw_only=True, tag_field="is", tag="failed"):
    """It raised, or could not be loaded: one sentence, and the end of the traceback."""

    message: str
    trace: str = ""
    code: str = "failed"
    """`bad_parameter` when the values it was started with are at fault."""


class Drawn(Struct, frozen=True, kw_only=True, tag_field="is", tag="drawn"):
    """In shadow: an order it would have sent, in words, or what became of one."""

    text: str


class ShadowFilled(Struct, frozen=True, kw_only=True, tag_field="is", tag="shadow_filled"):
    """In shadow: an order traded in its own book; price in the instrument's currency, without commission."""

    fill: Fill
    position: Decimal
    """What it would hold of the instrument then."""


class ShadowOrders(Struct, frozen=True, kw_only=True, tag_field="is", tag="shadow_orders"):
    """In shadow: the orders of its own book that may still trade, after they changed."""

    orders: tuple[Order, ...]


class Remembered(Struct, frozen=True, kw_only=True, tag_field="is", tag="remembered"):
    """What is in its memory now."""

    memory: dict[str, Any]


class Changed(Struct, frozen=True, kw_only=True, tag_field="is", tag="changed"):
    """The new values are in force."""

    parameters: dict[str, str]


class Pong(Struct, frozen=True, kw_only=True, tag_field="is", tag="pong"):
    """Everything up to the Ping has been dealt with."""


class Finished(Struct, frozen=True, kw_only=True, tag_field="is", tag="finished"):
    """`on_stop` ran; the process ends."""


FromWorker = (
    Described
    | Entries
    | Started
    | OrderRequest
    | ChainRequest
    | CancelRequest
    | ChangeRequest
    | Decided
    | Said
    | Drawn
    | ShadowFilled
    | ShadowOrders
    | Remembered
    | Changed
    | Failed
    | Pong
    | Finished
)
