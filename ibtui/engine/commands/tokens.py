"""Tokens that a preview mints: each sends what was shown, once, while it is still true."""

from __future__ import annotations

import secrets

from msgspec import Struct

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.engine.commands.plan import Draft
from ibtui.risk.prices import far_side

REMEMBERED = 1_000
"""Tokens kept, used and unused; the oldest are forgotten, which makes them expired."""


class _Minted(Struct):
    draft: Draft
    conversation: int
    epoch: int
    dies: float
    used: bool = False


class Tokens:
    """Bound to the conversation that asked and to the connection that was shown."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minted: dict[str, _Minted] = {}

    def mint(self, draft: Draft, conversation: int, epoch: int) -> str:
        """A token that sends `draft`."""
        token = secrets.token_hex(8)
        self._minted[token] = _Minted(draft, conversation, epoch, self._clock.monotonic() + draft.plan.seconds)
        while len(self._minted) > REMEMBERED:
            del self._minted[next(iter(self._minted))]
        return token

    def forget(self) -> None:
        """Take every token back: what previews showed is no longer so."""
        self._minted.clear()

    def spend(self, token: str, conversation: int, epoch: int, quotes: dict[str, Quote]) -> Draft:
        """What the token sends; never a second time, whatever comes of it.

        Raises IbtuiError token_used, token_expired, reconnected or price_moved.
        """
        minted = self._minted.get(token)
        if minted is None or minted.conversation != conversation:
            raise IbtuiError("token_expired", "This preview is not known any more: check the order again.")
        if minted.used:
            raise IbtuiError("token_used", "This preview was sent already: look at Orders before you send another.")
        minted.used = True
        if self._clock.monotonic() > minted.dies:
            raise IbtuiError(
                "token_expired", f"This preview is older than {minted.draft.plan.seconds:g} s: check again."
            )
        if minted.epoch != epoch:
            raise IbtuiError("reconnected", "The connection to IB changed since the preview: check the order again.")
        _still_near(minted.draft, quotes)
        return minted.draft


def _still_near(draft: Draft, quotes: dict[str, Quote]) -> None:
    for symbol, (side, shown) in draft.market.items():
        now = far_side(side, quotes.get(symbol), draft.instruments.get(symbol))
        if shown is None:
            continue  # nothing was shown to compare with; the gate decided that it may be sent without a market
        # half a tick of slack: prices are floats on a grid
        if now is None or abs(now - shown) > draft.steps[symbol] * 1.0001:
            what = "is gone" if now is None else f"moved from {shown:g} to {now:g}"
            raise IbtuiError("price_moved", f"The market of {symbol} {what} since the preview: check the order again.")
