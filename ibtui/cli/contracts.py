"""What the symbols of a command line about the past are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ibtui.config import folders, load
from ibtui.domain.failure import IbtuiError
from ibtui.domain.reference.line import contract
from ibtui.domain.reference.reference import Reference
from ibtui.recording.described import read_described
from ibtui.recording.names import name_of


def reference(typed: Sequence[str], symbols: Sequence[str], profile: str) -> Reference:
    """What names mean, with the lines of `--as`, what IB told the profile's engine, and the lines of the configuration.

    Raises IbtuiError for a line that is none.
    """
    return Reference(
        given=given(typed, symbols), told=read_described(folders(profile).contracts), own=load().instruments
    )


def replayed(typed: Sequence[str], files: Sequence[str]) -> dict[str, str]:
    """The lines of `--as` and of the configuration for the files of a replay; raises IbtuiError as `reference` does."""
    return load().instruments | given(typed, [name_of(Path(file)) for file in files])


def given(typed: Sequence[str], symbols: Sequence[str]) -> dict[str, str]:
    """The lines of `--as` by symbol or root; one without is about the only symbol; raises IbtuiError `usage`."""
    found: dict[str, str] = {}
    for text in typed:
        name, equals, line = text.rpartition("=")
        name = name.strip().upper()
        if not equals and len(symbols) != 1:
            listed = ", ".join(symbols[:6])
            raise IbtuiError("usage", f'The data holds {listed}; say which one it is: --as "{symbols[0]}={line}".')
        try:
            contract(name, line)
        except ValueError as error:
            raise IbtuiError("usage", f"--as: {error}.") from None
        found[name if equals else symbols[0]] = line
    return found
