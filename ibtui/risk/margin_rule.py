"""By which rule an account over the past binds money for what it holds: what opens a position, and what keeps it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.reference.margin import (
    SHARES,
    SHORT_MAINTENANCE,
    STOCK_INITIAL,
    STOCK_MAINTENANCE,
    WRITTEN,
    WRITTEN_LEAST,
)
from ibtui.domain.text.number import NotANumberError, read_number

MarginKind = Literal["reg-t", "cash", "none"]
_KINDS: tuple[MarginKind, ...] = ("reg-t", "cash", "none")
_FIGURE = re.compile(r"([A-Z0-9][A-Z0-9.\-]{0,20})=([^/%]+)(%?)(?:/([^/%]+)(%?))?")
_WRITTEN_AS = "ROOT=INITIAL/MAINTENANCE, as ES=15000/13500 for a contract or TSLA=60%/40% of the value"


class BoundMargin(NamedTuple):
    """What a position binds in its instrument's currency: to open it, and to keep it."""

    initial: float
    maintenance: float


class OwnFigures(Struct, frozen=True):
    """A user's figures for one root: money for a contract in its currency, or with `share` shares of the value."""

    initial: float
    maintenance: float
    share: bool = False

    @property
    def words(self) -> str:
        """`15,000/13,500`, `60 %/40 %`."""
        times, unit = (100, " %") if self.share else (1, "")
        return f"{self.initial * times:,.10g}{unit}/{self.maintenance * times:,.10g}{unit}"


class MarginRule(Struct, frozen=True, kw_only=True):
    """The rule of one account; money that is asked for is in the instrument's currency.

    `reg-t` binds the figures of `ibtui.domain.reference.margin`, `none` nothing at all. `cash` binds the whole value
    and allows neither shorts nor loans, so nothing but futures can call it. A future binds what `own` says of its root;
    where that says nothing it binds nothing, unless the rule was `asked` for by name: then it is refused.
    """

    kind: MarginKind = "reg-t"
    asked: bool = False
    own: Mapping[str, OwnFigures] = {}

    def binds(
        self, instrument: Instrument, quantity: float, price: float, under: float, leverage: float = 2.0
    ) -> BoundMargin:
        """What `quantity`, signed, binds at a price, an option's underlying being at `under`.

        `leverage` is how much of stocks equity carries; above Regulation T's 2 what keeps them shrinks with it.
        """
        value = abs(instrument.value(quantity, price))
        own = self.own_of(instrument)
        if self.kind == "none":
            return BoundMargin(0.0, 0.0)
        if own is not None:
            of = value if own.share else abs(quantity)
            return BoundMargin(own.initial * of, own.maintenance * of)
        if instrument.sec_type == "FUT":
            return BoundMargin(0.0, 0.0)
        if instrument.right:
            bound = value if quantity > 0 else self._written(instrument, quantity, under)
            return BoundMargin(bound, 0.0 if self.kind == "cash" else bound)
        if self.kind == "cash":
            return BoundMargin(value, 0.0)
        if instrument.sec_type == "CRYPTO":
            return BoundMargin(value, value)
        if instrument.sec_type in ("CASH", "BOND"):
            initial, maintenance = SHARES[instrument.sec_type]
            return BoundMargin(value * initial, value * maintenance)
        keeps = (STOCK_MAINTENANCE if quantity > 0 else SHORT_MAINTENANCE) * min(1.0, 1 / STOCK_INITIAL / leverage)
        return BoundMargin(value / leverage, value * keeps)

    def own_of(self, instrument: Instrument) -> OwnFigures | None:
        """The user's figures for it: those of its name before those of its root."""
        return self.own.get(instrument.symbol) or self.own.get(instrument.root)

    def _written(self, instrument: Instrument, quantity: float, under: float) -> float:
        """Beside their value: written calls are covered over the past, so only puts bind."""
        if instrument.right == "C":
            return 0.0
        strike = float(instrument.strike)
        least = max(WRITTEN * under - max(under - strike, 0.0), WRITTEN_LEAST * strike)
        return abs(instrument.value(quantity, strike if self.kind == "cash" or not under > 0 else least))

    def check(self, instruments: Sequence[Instrument]) -> None:
        """Raise IbtuiError `bad_parameter` for a future of which the rule was asked and nothing tells figures."""
        if self.kind == "none" or not self.asked:
            return
        for one in instruments:
            if one.sec_type == "FUT" and self.own_of(one) is None:
                raise IbtuiError(
                    "bad_parameter",
                    f"Nothing says what a contract of {one.root} binds: write --margin {one.root}=INITIAL/MAINTENANCE "
                    f"in {one.currency}, as your broker's page has it.",
                )


def margin_rule(typed: Sequence[str]) -> MarginRule:
    """The rule that words say: one of reg-t, cash and none, and `ES=15000/13500` or `TSLA=60%/40%` for single roots.

    Raises IbtuiError `bad_parameter` for what is neither.
    """
    kind: MarginKind | None = None
    own: dict[str, OwnFigures] = {}
    for text in typed:
        named = next((one for one in _KINDS if one == text.strip().lower()), None)
        if named is None:
            root, figures = _own(text)
            own[root] = figures
        elif kind is not None and kind != named:
            raise IbtuiError("bad_parameter", f"A run has one margin rule, not {kind} and {named}.")
        else:
            kind = named
    return MarginRule(kind=kind or "reg-t", asked=kind is not None, own=own)


def _own(text: str) -> tuple[str, OwnFigures]:
    found = _FIGURE.fullmatch(text.strip().upper())
    try:
        if found is None:
            raise NotANumberError("a figure", text, "")
        root, initial, share, maintenance, also = found.groups()
        if maintenance is not None and share != also:
            raise NotANumberError("a figure", text, "")
        times = 0.01 if share else 1.0
        first = float(read_number(initial.strip())) * times
        second = first if maintenance is None else float(read_number(maintenance.strip())) * times
    except NotANumberError:
        words = f"A margin is reg-t, cash, none, or {_WRITTEN_AS}, not {text[:40]!r}."
        raise IbtuiError("bad_parameter", words) from None
    if not 0 < second <= first:
        words = f"What keeps {root} must be above zero and not above what opens it: write {_WRITTEN_AS}."
        raise IbtuiError("bad_parameter", words)
    return root, OwnFigures(first, second, bool(share))
