"""The topics of the guide: which there are, and their text."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.naming import meant


class Topic(Struct, frozen=True):
    """One page of the guide."""

    name: str
    about: str
    """What is in it, in one line."""

    @property
    def text(self) -> str:
        """The page as Markdown."""
        return (Path(__file__).parent / f"{self.name}.md").read_text(encoding="utf-8")


TOPICS = (
    Topic("start", "install, look around, connect to TWS or IB Gateway"),
    Topic("trading", "the screen, the ticket, every key, every command, scripts"),
    Topic("strategies", "write one: hooks, orders, indicators, schedules, options"),
    Topic("backtests", "a strategy over past data, sweeps, recordings"),
    Topic("gateway", "the offline gateway: orders, controls, faults, pytest"),
    Topic("safety", "what survives what, UNKNOWN, HELD, halt, what is not verified"),
    Topic("errors", "exit codes, every error code, what to do about it"),
    Topic("configuration", "every key of the file, limits, events in, facts out"),
    Topic("contribute", "a map of the code, a glossary, how to add something"),
    Topic("decisions", "why it is built as it is"),
)


def topic(name: str) -> Topic:
    """The topic of that name; IbtuiError `usage` names the nearest."""
    for known in TOPICS:
        if known.name == name.lower():
            return known
    names = [known.name for known in TOPICS]
    raise IbtuiError("usage", f"The guide has no topic {name[:40]!r}: {meant(name, names, 'ibtui guide {}')}")


def explained(code: str) -> str:
    """What the topic `errors` says of a code of ours, in one line; IbtuiError `usage` for one that there is not."""
    rows = [line.strip("| ").split(" | ") for line in topic("errors").text.splitlines() if line.startswith("| `")]
    known = {cells[0].strip("`"): cells[1:] for cells in rows if len(cells) == 3}
    if code not in known:
        raise IbtuiError("usage", f"There is no error code {code[:40]!r}: {meant(code, known, 'ibtui guide error {}')}")
    cause, cure = known[code]
    return f"{code}  {cause}\n  what to do: {cure}"
