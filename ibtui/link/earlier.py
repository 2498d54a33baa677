"""The version before: what works between an engine and a client that are one version of the protocol apart.

An engine that trades is never out of reach because a client was renewed, nor a client because its engine was. Across
one version, either way, whatever looks, stops or takes back works: the status, the halt, cancelling, flattening,
stopping strategies and ending the engine; and telling signals, for which people have programs of their own. Nothing
else does, and one sentence says so. A worker is started from its engine's own install: nothing here is for it.

The newer side speaks the version of the older one, in both directions. What version 1 calls the fields of these
questions and answers is what version 2 calls them, but for orders: version 1 writes their terms beside their other
fields, which `link.codec` does and undoes. A field may be added, which the other side passes over or fills with its
default; one that is renamed or given another meaning has to be translated there.
"""

from __future__ import annotations

from ibtui.commands.command import Cancel, Flatten, Halt, Stop
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import VERSION, Ask, Check, Do, GetStatus, Hello, Preview, Send, Shutdown, Tell
from ibtui.link.status import Status

EARLIER = VERSION - 1
"""The version of the protocol that is still spoken beside this one."""

_QUESTIONS = (GetStatus, Shutdown, Send, Tell)
"""A token to send was given for a preview of one of the commands."""
_COMMANDS = (Halt, Cancel, Flatten, Stop)
_ONLY = "only status, halt, cancel, flatten and stop work"


def works(ask: Ask) -> bool:
    """Whether it works between an engine and a client that are one version apart."""
    if isinstance(ask, Preview | Check | Do):
        return isinstance(ask.command, _COMMANDS)
    return isinstance(ask, _QUESTIONS)


# what a client says of its engine


def check_across(engine: Hello, ask: Ask) -> None:
    """Before it is asked: raises IbtuiError `engine_version` when it does not work with an engine of that version."""
    if not works(ask):
        check_frames(engine)


def check_frames(engine: Hello) -> None:
    """Raises IbtuiError `engine_version` when the engine's frames cannot be read."""
    if engine.version != VERSION:
        raise IbtuiError("engine_version", f"{_before(engine)}: {_ONLY} with it; {_renew(engine)}.")


def met(engine: Hello, status: Status) -> str:
    """What a terminal says when it meets an engine of the version before: what to do, and what that leaves behind."""
    strategies = sum(strategy.state not in ("off", "failed") for strategy in status.strategies)
    orders = sum(order.live for order in status.orders)
    stops, leaves = _count(strategies, "strategy", "strategies"), _count(orders, "order", "orders")
    return f"{_before(engine)}: {_renew(engine)}, which stops {stops} and leaves {leaves} at IB; till then {_ONLY}."


def _before(engine: Hello) -> str:
    return f"Engine {engine.program} is of the version before"


def _renew(engine: Hello) -> str:
    return f"`ibtui stop --profile {engine.profile}` and start again"


def _count(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"


# what an engine says to its client


def check_client(version: int, ask: Ask) -> None:
    """Raises IbtuiError `engine_version` when the question of a client of that version does not work."""
    if not works(ask):
        check_client_frames(version)


def check_client_frames(version: int) -> None:
    """Raises IbtuiError `engine_version` when a client of that version cannot read this engine's frames."""
    if version != VERSION:
        raise IbtuiError(
            "engine_version",
            f"The engine is of a newer version: {_ONLY} from this one; for the rest, leave it and start the newer one.",
        )
