"""The exchange: one clock, every market, every order and account, and reports of what happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ibtui.exchange.accounts.account import AccountTerms
from ibtui.exchange.doors.accounts import AccountDoor
from ibtui.exchange.doors.controls import ControlDoor
from ibtui.exchange.doors.market_data import MarketDataDoor
from ibtui.exchange.doors.orders import OrderDoor
from ibtui.exchange.doors.saving import SavingDoor
from ibtui.exchange.moments import micros
from ibtui.exchange.parts import ExchangeParts
from ibtui.exchange.replay import Replay
from ibtui.exchange.saved import VERSION, Saved
from ibtui.exchange.told.reports import Report


class Exchange(MarketDataDoor, OrderDoor, AccountDoor, ControlDoor, SavingDoor):
    """A simulated exchange.

    Deterministic: the same seed, start and calls give the same reports, however `advance` is cut into steps of up to
    two minutes; longer steps thin out the ticks but change no order, execution or account. Sessions run from midnight
    to midnight in New York; day orders end there, and contracts that have expired. Which futures there are is
    decided at the start, up to two years ahead.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        start: datetime | None = None,
        accounts: Sequence[str | AccountTerms] = ("DU1234567",),
        cash: float = 1_000_000.0,
        replay: Replay | None = None,
        always_open: bool = True,
        at: datetime | None = None,
    ) -> None:
        """`start` is aware, by default the current minute; `cash` is what each account begins with, in its currency.

        Accounts are given by their terms, or as `AccountTerms.parse` reads them: `DU1234567`, `DU7654321:EUR:cash`.
        With a `replay` time starts by default where its data do, and its symbols trade as they did. Unless it is
        `always_open`, every market keeps its hours and holidays: closed it has no book and nothing trades. Time stands
        `at` a later moment than the start where one is given: every market is where it would be then.
        """
        super().__init__(
            ExchangeParts(
                seed=seed,
                start=start,
                accounts=accounts,
                cash=cash,
                replay=replay,
                always_open=always_open,
                at=at,
            )
        )
        self.accounts = self._parts.accounts
        self.listings = self._parts.listings
        self.news = self._parts.news
        self.replayed = self._parts.replayed
        """The symbols that a replay drives."""

    @property
    def always_open(self) -> bool:
        """Whether no market ever closes here."""
        return self._parts.always_open

    @property
    def now(self) -> datetime:
        """Simulated time, aware, in UTC."""
        return self._parts.now

    def listen(self, callback: Callable[[Report], None]) -> None:
        """Call back with every report, in the order things happen, before the call that caused them returns.

        A callback may place, change and cancel orders; what follows from that is reported after what it is hearing of.
        """
        self._parts.outbox.listen(callback)

    def advance(self, to: datetime) -> None:
        """Let simulated time pass; raises ValueError for a time that has passed."""
        target = micros(to)
        if target < self._parts.time:
            raise ValueError(f"time is {self._parts.now.isoformat()} already")
        if self._parts.outbox.delivering:
            raise RuntimeError("a listener cannot move time")
        self._parts.timeline.advance(target)

    @classmethod
    def restore(cls, saved: Saved, *, replay: Replay | None = None, ahead: int = 0) -> Exchange:
        """An exchange that goes on where the saved one stood; `replay` is the same as that one's.

        Its next order and execution are `ahead` numbers further on. Raises ValueError for data of another version.
        """
        if saved.version != VERSION:
            raise ValueError(f"the saved state is of version {saved.version}, and this program reads {VERSION}")
        accounts = [ledger.terms for ledger in saved.ledgers]
        exchange = cls(
            seed=saved.seed,
            start=saved.start,
            accounts=accounts,
            replay=replay,
            always_open=saved.always_open,
            at=saved.now,
        )
        exchange._resume(saved, ahead)
        return exchange
