"""What a run is started with, and what is known of it from its first word to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.text.naming import meant
from ibtui.engine.strategies.shadow_record import ShadowRecord
from ibtui.link.worker import Described

RunState = Literal["off", "starting", "warming", "running", "stopping", "failed"]


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Which strategy is started, from which file, under which name."""

    name: str
    """`sma_cross`, or `sma_cross.msft` for a run of its own."""
    file: str = ""
    """Empty for a built-in strategy."""
    sha256: str = ""
    """The file as it was approved."""
    memory: int = 0
    """MiB that its process may take; 0 for a share of the machine."""
    shadow: bool = False
    """It decides, and nothing of it is sent."""

    @property
    def strategy(self) -> str:
        """The strategy that this is a run of."""
        return self.name.partition(".")[0]


class RunFacts:
    """How a run stands; whoever shows it reads it here."""

    def __init__(self) -> None:
        self.state: RunState = "starting"
        self.reason = ""
        self.described: Described | None = None
        self.running_with: dict[str, str] = {}
        self.asked_for: dict[str, str] = {}
        """Parameters as they were typed, without the defaults."""
        self.symbols: tuple[str, ...] = ()
        self.instruments: dict[str, Instrument] = {}
        self.bar_seconds = 0
        self.decision = ""
        self.decided: datetime | None = None
        self.shadow = ShadowRecord()

    @property
    def on(self) -> bool:
        """It has, or is about to have, a process that may ask for orders; off, nothing it asks for is done."""
        return self.state in ("starting", "warming", "running")

    @property
    def over(self) -> bool:
        """It was switched off, or has failed."""
        return self.state in ("off", "failed")

    @property
    def live(self) -> bool:
        """It gets the market as it is now."""
        return self.state in ("warming", "running")

    @property
    def for_trader(self) -> bool:
        """It is an execution algorithm: what it guards and closes is the account's position."""
        return self.described is not None and self.described.for_trader

    def started_with(self, parameters: dict[str, str]) -> None:
        """It runs with these, and with the defaults of the rest."""
        assert self.described is not None
        defaults = {parameter.name: parameter.default for parameter in self.described.parameters}
        self.running_with = {**defaults, **parameters}

    def changed(self, parameters: dict[str, str]) -> None:
        """It took these while it ran."""
        self.running_with.update(parameters)
        self.asked_for = {**self.asked_for, **parameters}

    def check_change(self, name: str, parameters: dict[str, str]) -> None:
        """Raises IbtuiError `bad_parameter` for one that is set when it starts, `not_running` while it does not run."""
        if not self.live or self.described is None:
            raise IbtuiError("not_running", f"{name} is {self.state}; its parameters are set when it starts.")
        known = {parameter.name: parameter for parameter in self.described.parameters}
        unknown = [name for name in parameters if name not in known]
        if unknown:
            raise IbtuiError("bad_parameter", f"There is no parameter {unknown[0][:20]!r}: {meant(unknown[0], known)}")
        fixed = [name for name in parameters if not known[name].changeable]
        if fixed:
            raise IbtuiError("bad_parameter", f"{fixed[0]} cannot change while it runs; stop it and start it again.")
