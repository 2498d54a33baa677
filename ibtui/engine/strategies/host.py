"""What a running strategy may reach of the engine: the supervisor's only way to the desk and to the market."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ibtui.domain.account import Account
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings, Limits
from ibtui.domain.order import Change, Order, OrderIntent
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import ComboLeg
from ibtui.engine.market.kept_bars import KeptBars
from ibtui.engine.session import TradedChain
from ibtui.link.messages import LogKind


class Host(Protocol):
    """The engine as the supervisor sees it."""

    kept: KeptBars
    """Bars of an hour and more, as IB keeps them."""

    async def submit(self, intent: OrderIntent) -> tuple[Order, ...]:
        """Send an intent through the desk; raises IbtuiError with the gate's code when it is refused."""

    async def modify(self, change: Change) -> Order:
        """Ask for other terms of a working order; raises IbtuiError as the desk does."""

    def cancel(self, ref: str) -> None:
        """Ask the broker to cancel one of our orders; nothing happens when it is done already."""

    def orders_of(self, owner: str) -> list[Order]:
        """Today's orders of one owner, oldest first."""

    def fills_of(self, owner: str) -> list[Fill]:
        """All fills of one strategy (of other owners: today's), oldest first, corrections applied."""

    async def resolve(self, symbol: str) -> Instrument:
        """The instrument of that name, with its quotes streaming; raises IbtuiError for an unknown or ambiguous one."""

    async def combined(self, legs: Sequence[ComboLeg]) -> Instrument:
        """The instrument of a combo, with the quotes of its legs streaming; raises IbtuiError `bad_combo`."""

    async def chain(self, symbol: str, *, days: float | None, strikes: int) -> TradedChain:
        """The options of the first expiry at least `days` away near the money; raises IbtuiError when IB gives none."""

    def quote(self, symbol: str) -> Quote | None:
        """The newest quote; None when none ever came."""

    async def bars(self, symbol: str, seconds: int, count: int) -> tuple[Bar, ...]:
        """Past bars, oldest first; raises IbtuiError when IB gives none."""

    def hours(self, symbol: str) -> TradingHours | None:
        """When it trades, as IB told it; None where that was not told."""

    def ceilings(self, owner: str) -> Ceilings:
        """The limits of a strategy."""

    @property
    def limits(self) -> Limits:
        """The profile's."""

    @property
    def groups(self) -> Mapping[str, str]:
        """The group of each symbol that is in one."""

    def held(self, symbol: str) -> Decimal:
        """What the account holds of an instrument, signed."""

    def held_words(self, symbols: Iterable[str]) -> str:
        """Which of these instruments is held because its books do not agree, a sentence; empty for none."""

    def covered(self, symbol: str, owner: str) -> Decimal:
        """How much of that the stops of others than `owner` cover."""

    def watched(self) -> tuple[str, ...]:
        """The symbols of the watchlist."""

    def announced(self) -> tuple[Signal, ...]:
        """What the calendars say is to come."""

    def notify(self, kind: str, text: str) -> None:
        """Tell a person who does not look, if the profile asks for that."""

    def account(self) -> Account | None:
        """The account's money, and what other currencies are worth in it; None before IB told of it."""

    def equity(self) -> float | None:
        """The account's net liquidation; None when not known."""

    def say(self, kind: LogKind, text: str) -> None:
        """Add a line to the log; the text is sanitized here."""

    def decided(self, name: str, text: str, bar: datetime) -> None:
        """A strategy decided something about the bar that ended then; the text is sanitized."""

    def strategies_changed(self) -> None:
        """The supervisor's statuses are to be shown anew."""
