"""Which account a profile trades: the first one it saw, or the one it names, and never another."""

from __future__ import annotations

from ibtui.config import Profile
from ibtui.domain.failure import IbtuiError
from ibtui.engine.journal.journal import Journal

ACCOUNT = "account"


class Binding:
    """The account that the profile's journal belongs to."""

    def __init__(self, journal: Journal, profile: Profile, name: str) -> None:
        self._journal = journal
        self._profile = profile
        self._name = name

    def account(self) -> str:
        """The account of this profile's journal, or the one the profile names, or nothing before the first session.

        Raises IbtuiError `wrong_account` when the two are different ones.
        """
        bound, named = self._journal.latch(ACCOUNT) or "", self._profile.account
        if bound and named and bound != named:
            raise IbtuiError(
                "wrong_account",
                f"The journal of profile {self._name!r} belongs to account {bound}, not {named}: "
                "give the other account a profile of its own.",
            )
        return named or bound

    def bind(self, account: str) -> None:
        """From now on this account, unless one was bound or named before."""
        if not self.account():
            self._journal.set_latch(ACCOUNT, account)
