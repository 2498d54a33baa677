"""What one run was told of the account's currency, so that it is told what changed."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.domain.account import Account
from ibtui.domain.currency import OwnCurrency
from ibtui.link.worker import CurrencySeen, ToWorker


class ToldCurrency:
    """Tells a run what money is worth: before its past, and with its bars and beats what changed."""

    def __init__(self, account: Callable[[], Account | None], tell: Callable[[ToWorker], None]) -> None:
        self._account = account
        self._tell = tell
        self._told: OwnCurrency | None = None

    def tell(self) -> None:
        """Say how it stands where that is not what was said last; an account nobody told of has no currency yet."""
        account = self._account()
        own = OwnCurrency() if account is None else account.own_currency
        if own != self._told:
            self._told = own
            self._tell(CurrencySeen(own=own))
