"""Reading a file of other programs for the engine, in a process that may be given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from ibtui.link.worker import Entries, ReadSignals
from ibtui.recording.signals import Refusals, read_signals

PAST = timedelta(days=31)
"""How long ago an entry may have been that still gets its figure."""
MOST = 5_000
"""Entries of a file that an engine takes in."""
AT_ONCE = 100
"""How many entries one message holds at the most."""


def read(wanted: ReadSignals) -> Iterator[Entries]:
    """What the file holds of the last weeks and of what is to come; raises IbtuiError as `read_signals` does."""
    refusals = Refusals()
    found = [one for one in read_signals(Path(wanted.file), refusals, now=wanted.now) if one.time >= wanted.now - PAST]
    sentences = refusals.sentences
    if len(found) > MOST:
        last = f"{found[MOST - 1].time:%Y-%m-%d %H:%M}"
        sentences.append(f"{Path(wanted.file).name}: entries after {last} UTC are left out; an engine takes {MOST:,}.")
    for begin in range(0, min(len(found), MOST), AT_ONCE):
        yield Entries(signals=tuple(found[begin : min(begin + AT_ONCE, MOST)]))
    yield Entries(left_out=tuple(sentences))
