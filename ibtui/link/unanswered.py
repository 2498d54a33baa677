"""Requests without an answer: one that can move money may have been carried out, and must not pass for undone."""

from __future__ import annotations

from ibtui.commands.command import FREE, Approve
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import Ask, Do, Send

_MOVES_NOTHING = (*FREE, Approve)


def can_move(ask: Ask) -> bool:
    """Whether carrying it out can send, cancel or hold back an order."""
    return isinstance(ask, Send) or (isinstance(ask, Do) and not isinstance(ask.command, _MOVES_NOTHING))


def unanswered(ask: Ask, why: IbtuiError) -> IbtuiError:
    """What to raise for a request that reached the engine and was not answered: `unanswered` if it can move money."""
    if not can_move(ask):
        return why
    return IbtuiError(
        "unanswered",
        f"{why.message.partition(';')[0].removesuffix('.')} after it was asked: the order may be working. {_next(ask)}",
    )


def _next(ask: Ask) -> str:
    if isinstance(ask, Do) and ask.id:
        return f"Ask again with the same --id, {ask.id}: it is sent once."
    return "Look at Orders (`ibtui status`) before you send it again; what has an --id can simply be asked again."
