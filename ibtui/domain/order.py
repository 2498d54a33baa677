"""Orders: what was asked for, how it stands at the broker, and how one may change into the other."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.terms import HasTerms, OrderType, Terms, TimeInForce
from ibtui.domain.terms import Side as Side


class OrderStatus(StrEnum):
    """How an order stands, in the words the screen and `status --json` use."""

    PENDING = "pending"
    """Written to the journal and perhaps sent; the broker has not answered yet."""
    WORKING = "working"
    WAITING = "waiting"
    """Held at the broker until its parent fills, or by TWS until somebody there sends it on."""
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    ENDED = "ended"
    """Ended, outcome unknown: its session is over, or a person said so, and the broker no longer tells of it."""
    UNKNOWN = "unknown"
    """The broker did not answer, or answered something that does not add up. It may be working: never sent again."""

    @property
    def done(self) -> bool:
        """Nothing more is expected; only a late fill can still change it."""
        return self in _DONE

    @property
    def proved(self) -> bool:
        """It ended, and what became of it is known."""
        return self.done and self is not OrderStatus.ENDED

    @property
    def cut_short(self) -> bool:
        """It ended before all of it had traded, as far as anybody knows."""
        return self.done and self is not OrderStatus.FILLED

    @property
    def at_work(self) -> bool:
        """The broker has it in the market, or at a trigger: it can trade at any moment."""
        return self in _AT_WORK

    @property
    def unsure(self) -> bool:
        """The broker has not said whether it works: it may, so nothing is built on either."""
        return self in _UNSURE

    @property
    def untraded(self) -> bool:
        """It lives and has not traded yet: its first fill makes it partly filled."""
        return self in _UNTRADED

    @property
    def traded(self) -> bool:
        """Some or all of it has traded, which the status itself says."""
        return self in _TRADED


_DONE = frozenset({OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.ENDED})
_AT_WORK = frozenset({OrderStatus.WORKING, OrderStatus.PARTLY_FILLED})
_UNSURE = frozenset({OrderStatus.PENDING, OrderStatus.UNKNOWN})
_UNTRADED = frozenset({OrderStatus.PENDING, OrderStatus.WORKING, OrderStatus.WAITING})
_TRADED = frozenset({OrderStatus.PARTLY_FILLED, OrderStatus.FILLED})

Role = Literal["entry", "target", "stop", "exit"]
"""What an order is for: an entry may add risk; target and stop are a bracket's children; an exit only reduces."""

YOU = "you"
"""The owner of orders that a person placed."""


class OrderIntent(HasTerms, frozen=True, kw_only=True):
    """A request to trade, complete: what passes the desk's door. A target or a stop price makes it a bracket."""

    ref: str
    """The order's own id, made by whoever asks for it; a second intent with the same ref is the same request."""
    owner: str
    """`you`, or the name of a strategy."""
    target: Decimal | None = None
    """Limit price of the bracket's profit-taking child."""
    protect: Decimal | None = None
    """Stop price of the bracket's protective child."""
    reduce_only: bool = False
    """Refused if it would do more than reduce the position."""
    despite_unknown: bool = False
    """A person was told both outcomes of an UNKNOWN order on the same side and sends this one beside it."""
    despite_uncovered: bool = False
    """A person was told that it takes the cover from calls that are sold."""


class Change(Struct, frozen=True, kw_only=True):
    """Other terms for a working order; what is None stays as it is."""

    ref: str
    quantity: Decimal | None = None
    """The whole quantity, what has traded included."""
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None

    def applied(self, terms: Terms) -> Terms:
        """These terms with what changes of them."""
        asked = {"quantity": self.quantity, "limit_price": self.limit_price, "stop_price": self.stop_price}
        return replace(terms, **{name: value for name, value in asked.items() if value is not None})


class OrderLeg(HasTerms, frozen=True, kw_only=True):
    """One order of an intent as the broker gets it; a bracket is three legs, the parent first."""

    ref: str
    owner: str
    role: Role
    parent: str | None = None

    def pending(self, now: datetime) -> Order:
        """The order that this becomes as soon as it is sent, before the broker has said anything."""
        return Order(
            ref=self.ref,
            terms=self.terms,
            status=OrderStatus.PENDING,
            owner=self.owner,
            parent=self.parent,
            role=self.role,
            created=now,
            changed=now,
        )


class Order(HasTerms, frozen=True, kw_only=True):
    """An order as it is known now; of a combo the fills are those of the legs, and `filled` counts whole combos."""

    ref: str
    """Ours, carried in IB's `orderRef`; for orders placed elsewhere `perm-<permId>`."""
    perm_id: int | None = None
    status: OrderStatus
    filled: Decimal = Decimal(0)
    average_price: float | None = None
    owner: str = YOU
    """`you`, a strategy's name, or `other` for an order that this program did not place."""
    parent: str | None = None
    role: Role = "entry"
    reason: str = ""
    """Why it was rejected, cancelled or is unknown; sanitized."""
    created: datetime | None = None
    changed: datetime | None = None
    over_by: datetime | None = None
    """When a day order is over at the latest, by the trading hours that were known when it was sent."""
    number: int | None = None
    """IB's order id that it was sent under; it names the order only beside the client id that sent it."""
    client_id: int | None = None

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled if self.cash is None else max(self.quantity - self.filled, Decimal(0))

    @property
    def live(self) -> bool:
        """Whether it may still trade."""
        return not self.status.done

    @property
    def protective(self) -> bool:
        """A stop that guards a position."""
        return self.role == "stop" or (self.role in ("exit", "entry") and self.type.startswith(("STP", "TRAIL")))


FOREIGN = "other"
"""The owner of orders that this program did not place: shown and counted, never touched."""

UNLISTED = "IB lists it neither as open nor as completed; look in TWS, then `settle` it; do not send it again before"
"""Why a live order of ours is UNKNOWN once IB's whole answer does not show it, and what a person does about it."""

NEVER_SEEN = "journaled, but IB shows no trace of it; asking again; do not resend"
"""Of an order that a connection before this one sent, or was about to: whether it arrived is not known yet."""
NOT_SHOWN = "sent, and IB shows no trace of it: it may be held there; look in TWS, then `settle` it; do not resend"
"""Of an order that this connection sent: what is not shown may wait in TWS, behind a question it asks there."""
_WAYS_OUT = "`cancel` takes it back, or look in TWS"


def never_reached(number: int) -> str:
    """Why an order is rejected that IB has no trace of: its count of order ids never came to it."""
    return f"never reached IB: three complete checks show no trace of it, and IB has not come to its order id, {number}"


def held_at_ib(number: int, *, complete: bool) -> str:
    """Where an order is that IB has and lists nowhere; a bracket that is not `complete` there waits for its rest."""
    if complete:
        return f"sent, and perhaps held at IB: its order id {number} came there, and no list shows it; {_WAYS_OUT}"
    return f"sent, held at IB: order id {number} waits there for the rest of its bracket, which never came; {_WAYS_OUT}"


def not_found_words(number: int | None) -> str:
    """What became of an order that IB was asked to cancel by its number."""
    return f"IB finds no order under its order id{f', {number}' if number is not None else ''}: it is gone"


HELD_BACK = "held by TWS"
"""How a reason begins that says that TWS has not sent an order on."""
HELD_BEFORE = f"{HELD_BACK} when a connection ended: send or delete it there, then `settle` it; do not send it again"
"""Of an order that a precaution of TWS held, once another connection does not show it."""
SESSION_OVER = "a day order of a session that is over, and IB tells no more of it: it may have traded; see the position"
"""Why an order ended with its outcome unknown: no list shows it, and IB tells no more of yesterday's executions."""
PARENT_OVER = "its parent ended with its outcome unknown, and IB does not list it: it may have traded; see the position"
SETTLED = "settled by hand"
"""How the reason of an order begins that a person called ended."""

TAKEN_BACK = "IB took executions of it back; asked whether the rest works"
"""Why an order that had filled is not said to be filled any more."""

DOUBTED = "doubted: "
"""How a reason begins that names figures of the broker that cannot be true, or that do not agree."""

LONGEST_OWNER = 32
"""Characters of an owner's name: IB carries it with each order, and says nowhere how much it would cut off."""
_OWNER = rf"[A-Za-z0-9_.-]{{1,{LONGEST_OWNER}}}"
_REF = re.compile(rf"ibtui/({_OWNER})/([a-z2-7]{{12}})(?:-(t|s|x))?")
_ROLE = {"t": "target", "s": "stop", "x": "exit", None: "entry"}


def new_ref() -> str:
    """A fresh order id: 60 random bits of a UUID as 12 characters that can be typed."""
    return base64.b32encode(uuid.uuid4().bytes[:8]).decode("ascii").lower()[:12]


def ref_from(*parts: str) -> str:
    """An order id that the same parts give again, of the same form: 60 bits of a digest."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return base64.b32encode(digest[:8]).decode("ascii").lower()[:12]


def is_owner(name: str) -> bool:
    """Whether orders can be marked with a name and be known by it again."""
    return re.fullmatch(_OWNER, name) is not None


def order_ref(owner: str, ref: str) -> str:
    """What IB's `orderRef` carries: program, owner and the order's own id."""
    return f"ibtui/{owner}/{ref}"


def parse_order_ref(text: str) -> tuple[str, str, Role] | None:
    """Owner, ref and role from an `orderRef`; None when the order is not ours."""
    match = _REF.fullmatch(text)
    if match is None:
        return None
    role: Role = _ROLE[match[3]]  # type: ignore[assignment]
    return match[1], match[2] + (f"-{match[3]}" if match[3] else ""), role


def sure_quantity(order: Order) -> Decimal:
    """The quantity that is surely all of it; 0 where that is not known: of an order in money only its end tells."""
    return order.quantity if order.cash is None else Decimal(0)


def legs(intent: OrderIntent) -> tuple[OrderLeg, ...]:
    """The orders an intent becomes: itself, then target and protective stop as one OCA group.

    A stop alone is a group of its own: whatever closes the position later can join it, and never do both fill.
    """
    role: Role = "exit" if intent.reduce_only else "entry"
    ref = f"{intent.ref}-x" if intent.reduce_only else intent.ref
    group = oca_group(intent.ref)
    own = intent.with_terms(oca_group=group).terms if _alone(intent) and not intent.oca_group else intent.terms
    parent = OrderLeg(ref=ref, owner=intent.owner, role=role, terms=own)
    exits: tuple[tuple[str, Role, dict[str, object]], ...] = (
        ("t", "target", {"type": OrderType.LMT, "limit_price": intent.target}),
        ("s", "stop", {"type": OrderType.STP, "stop_price": intent.protect}),
    )
    children = (
        OrderLeg(
            ref=f"{intent.ref}-{suffix}",
            owner=intent.owner,
            role=child,
            terms=Terms(
                symbol=intent.symbol,
                side=intent.side.other,
                quantity=intent.quantity,
                tif=TimeInForce.GTC,
                oca_group=group,
                **asked,  # type: ignore[arg-type]
            ),
            parent=ref,
        )
        for suffix, child, asked in exits
        if None not in asked.values()
    )
    return (parent, *children)


def oca_group(ref: str) -> str:
    """The name of the group that the exits of one intent are in."""
    return f"ibtui-{ref}"


def _alone(intent: OrderIntent) -> bool:
    return intent.type == OrderType.STP and intent.target is None and intent.protect is None and not intent.combo
