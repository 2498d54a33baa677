"""The limits that a run over the past is held to."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ibtui.config import Limits
from ibtui.domain.limits import Ceilings


class Ruled(Struct, frozen=True, kw_only=True):
    """The limits of a run: the profile's, and those of the strategy itself.

    `hours` are not looked at over bars of a day, whose decisions have no time of day.
    """

    account: Limits = Limits()
    strategy: Ceilings = Ceilings()
    groups: Mapping[str, str] = {}
    """The group of each symbol that is in one."""
