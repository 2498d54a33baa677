"""What the symbols of a run are, which of them may be traded, and when their bars and sessions end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ibtui.backtest.options import ShownOption
from ibtui.backtest.settings import Settings
from ibtui.domain.calendar.cutting import HOUR, Cutting, cutting_of
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.domain.instrument import Instrument
from ibtui.domain.reference.reference import Reference

_NAMES = Reference()


class PastContracts:
    """The instruments of one run, each found when it is first asked for.

    `symbols` are what the strategy's parameters name, `listed` the options that it was shown; bars are of so many
    seconds.
    """

    def __init__(
        self, settings: Settings, symbols: tuple[str, ...], seconds: int, listed: dict[str, ShownOption]
    ) -> None:
        self._settings = settings
        self._symbols = symbols
        self._seconds = timedelta(seconds=seconds)
        self._listed = listed
        self.known: dict[str, Instrument] = {}
        self.foreign: dict[str, str] = {}
        """By symbol, the currency of what is not of the account's."""
        self.pairs: dict[str, Instrument] = {}
        """Pairs that are traded, whose bars tell a rate."""
        self._cuttings: tuple[Cutting, ...] | None = () if seconds < HOUR else None
        """How the bars of what it trades end, when they are so long that sessions count; None before that was asked."""
        self._sessions: dict[tuple[str, bool], InstrumentSessions] = {}

    def instrument(self, symbol: str) -> Instrument:
        """What a symbol is: as the run was told, else an option that was shown, else what its name says."""
        found = self.known.get(symbol)
        if found is None:
            listed = self._listed.get(symbol)
            found = self._settings.instruments.get(symbol) or (listed.instrument if listed else _NAMES.of(symbol))
            self.known[symbol] = found
            if found.currency != self._settings.currency:
                self.foreign[symbol] = found.currency
            if found.sec_type == "CASH":
                self.pairs[symbol] = found
        return found

    def check_traded(self, symbol: str, *, options: bool = True) -> None:
        """Raise ValueError for what is neither of the parameters' symbols nor, with `options`, one that was shown."""
        if symbol not in self._symbols and not (options and symbol in self._listed):
            raise ValueError(f"{symbol!r} is not what it trades ({', '.join(self._symbols)})")

    def underlying(self, symbol: str) -> str:
        """Whose bars carry it: an option's underlying, else itself."""
        listed = self._listed.get(symbol)
        return symbol if listed is None else listed.underlying

    def sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        """When it trades; `whole` with the hours around the regular ones."""
        found = self._sessions.get((symbol, whole))
        if found is None:
            found = InstrumentSessions.of(self.instrument(symbol), regular=False if whole else None)
            self._sessions[symbol, whole] = found
        return found

    def closing(self, opened: datetime) -> datetime:
        """When bars end that bear this time: those of an hour and more at the latest with their session."""
        if self._cuttings is None:
            instruments: Sequence[Instrument] = [self.instrument(symbol) for symbol in self._symbols]
            length = int(self._seconds.total_seconds())
            self._cuttings = tuple({cutting_of(one, length, self._settings.hours) for one in instruments})
        return max((one.at(opened).end for one in self._cuttings), default=opened + self._seconds)
