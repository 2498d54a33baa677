"""Since you left: in the slot when a terminal attaches and anything happened, and by `:since`."""

from __future__ import annotations

from ibtui.domain.happening import Away
from ibtui.link.messages import Outcome
from ibtui.terminal.panes.staleness import zone
from ibtui.terminal.places.details import Sheet
from ibtui.terminal.places.place import Terminal


def since_sheet(terminal: Terminal, away: Away) -> Sheet:
    """What happened, the newest first, under how much of what."""
    shown = zone(terminal.model)
    began, ended = (moment.astimezone(shown) for moment in (away.since, away.until))
    facts = [(f"{began:%d %b %H:%M}", f"to {ended:%d %b %H:%M}: {away.words}")]
    facts += [
        (f"{happening.time.astimezone(shown):%H:%M:%S}", f"{happening.kind}: {happening.text}")
        for happening in reversed(away.happenings)
    ]
    return Sheet(terminal, "Since you left", facts)


def show(terminal: Terminal, outcome: Outcome) -> None:
    """What the engine answered to `since`."""
    if outcome.away is not None:
        terminal.open(since_sheet(terminal, outcome.away))


def came_back(terminal: Terminal, away: Away) -> None:
    """Shown once after attaching; where something else is in front, only how much of what."""
    if terminal.free:
        terminal.open(since_sheet(terminal, away))
    else:
        terminal.say(f"Since you left: {away.words}; `:since` lists it.", "bright")
