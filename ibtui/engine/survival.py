"""What must survive everything, agreed between the journal and the safety file when an engine starts.

Each of the two stands in for the other when it is lost. When both stand and do not agree, the safer of both counts.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ibtui.domain.failure import IbtuiError
from ibtui.domain.hold import HeldInstrument
from ibtui.engine.binding import ACCOUNT
from ibtui.engine.desk.day_lows import DAILY_LOW, Lows
from ibtui.engine.desk.halt import HALTED
from ibtui.engine.desk.halt import Halted as Halt
from ibtui.engine.journal.journal import Journal
from ibtui.engine.journal.safety import Safety
from ibtui.engine.journal.safety_copies import Kept
from ibtui.engine.strategies.store import APPROVED
from ibtui.engine.truth.holds import HOLDS

PAIRED = "safety"
"""A latch: an engine has written a safety file beside this journal."""
SURVIVING = (HALTED, ACCOUNT, APPROVED, DAILY_LOW, HOLDS)
"""Keys of the journal's latches that stand in the safety file, too."""
_NAMES = {
    HALTED: "the halt",
    ACCOUNT: "the account",
    APPROVED: "approvals of strategies",
    DAILY_LOW: "the day's loss",
    HOLDS: "held instruments",
}
_LOOK = "compare Orders and Positions with TWS, then `resume`"


class Survival:
    """Opens the safety file behind the journal, says what counts, and keeps both of the same mind from then on."""

    def __init__(self, journal: Journal, safety: Safety) -> None:
        self._journal = journal
        self._safety = safety
        self._texts: dict[str, str] = {}
        self._broken: list[str] = []
        """Keys whose text in the journal cannot be read."""
        self.halts: list[str] = []
        """Reasons to start halted, a sentence each."""
        self.told: list[str] = []
        """What is told besides, a sentence each."""

    def open(self) -> None:
        """Agree, and put that on the disk; call when the journal is open.

        Raises IbtuiError `wrong_account` when the two belong to different accounts, `journal_failed` when the disk
        refuses, or when another version of ibtui wrote the safety file.
        """
        found, wrong = self._safety.open()
        self._agree(found)
        self._look(found, wrong)
        ids = self._journal.order_ids
        kept = found.order_ids if found is not None else {}
        marks = {client: max(ids.get(int(client), 0), kept.get(client, 0)) for client in {*map(str, ids), *kept}}
        self._safety.begin(
            Kept(
                journal=self._journal.identity,
                events=self._journal.events,
                texts=self._texts,
                order_ids=marks,
            ),
            lambda: self._journal.events,
        )

    def start(self) -> None:
        """Give the journal what it lacks, and the safety file what changes from now on; call when both are started."""
        for key, text in {**self._texts, PAIRED: "yes"}.items():
            if (self._journal.latch(key) or "") != text:
                self._journal.set_latch(key, text)
        self._journal.latch_listeners.append(self._changed)

    def _changed(self, key: str, text: str) -> None:
        if key in SURVIVING:
            self._safety.put(key, text)

    def _look(self, found: Kept | None, wrong: list[str]) -> None:
        """Why to start halted: one of the two is lost, or was changed by another hand."""
        journal = self._journal
        lost = self._lost(found, wrong) or self._changed_by_others(found)
        if lost:
            self.halts.append(f"{lost}: {_LOOK}.")
        if wrong or (found is None and journal.latch(PAIRED)):
            phrases = "; ".join(wrong) or "it is missing"
            self.halts.append(f"The safety file is damaged ({phrases}) and is written anew: {_LOOK}.")

    def _lost(self, found: Kept | None, wrong: list[str]) -> str:
        journal = self._journal
        if journal.damaged is not None:
            return f"The journal was damaged and put aside as {journal.damaged}"
        if journal.fresh and (found is not None or wrong):
            return "The journal was lost; what must survive is taken from the safety file"
        return ""

    def _changed_by_others(self, found: Kept | None) -> str:
        journal = self._journal
        if self._broken:
            return f"The journal was changed by another hand ({_names(self._broken)} cannot be read)"
        if journal.edited:
            return "The journal was changed by another hand since an engine wrote it"
        if journal.fresh or found is None or not found.journal:
            return ""
        if found.journal != journal.identity:
            return "The journal was changed by another hand, or is another one than the safety file was written beside"
        if found.events > journal.events:
            return f"The journal is an older copy: its newest {found.events - journal.events} entries are lost"
        return ""

    def _agree(self, found: Kept | None) -> None:
        ours = {key: self._journal.latch(key) or "" for key in SURVIVING}
        self._broken = [key for key, text in ours.items() if not _readable(key, text)]
        kept = found.texts if found is not None else {}
        whole = {key: text for key, text in ours.items() if key not in self._broken}
        self._texts = {key: _safer(key, whole.get(key, ""), kept.get(key, "")) for key in SURVIVING}
        if found is not None and not self._journal.fresh and self._journal.damaged is None:
            differ = [key for key, text in whole.items() if text != kept.get(key, "")]
            if differ:
                names = _names(differ)
                self.told.append(f"Journal and safety file did not agree about {names}; the safer of both counts.")


def _names(keys: list[str]) -> str:
    return ", ".join(_NAMES[key] for key in keys)


def _readable(key: str, text: str) -> bool:
    try:
        _parsed(key, text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


_TYPES: dict[str, object] = {
    HALTED: Halt,
    APPROVED: dict[str, str],
    DAILY_LOW: Lows,
    HOLDS: list[HeldInstrument],
}


def _parsed(key: str, text: str) -> object:
    return msgspec.json.decode(text, type=_TYPES[key]) if text and key in _TYPES else text


def _safer(key: str, one: str, other: str) -> str:
    """Of two texts of a key, the one that allows less, or what both say together."""
    if not one or not other or one == other:
        return one or other
    if key == ACCOUNT:
        raise IbtuiError(
            "wrong_account",
            f"This profile's journal belongs to account {one[:20]}, its safety file to {other[:20]}: put the right "
            "file back, or move the state folder away to begin anew.",
        )
    a, b = _parsed(key, one), _parsed(key, other)
    if isinstance(a, Lows) and isinstance(b, Lows):
        return _text(_lower(a, b))
    if key == APPROVED:
        return _text(_pinned(a, b))
    if key == HOLDS:
        return _text(_united(a, b))
    return one


def _lower(one: Lows, other: Lows) -> Lows:
    """The greater loss of each owner, of the later day."""
    if one.day != other.day:
        return max(one, other, key=lambda lows: lows.day)
    owners = {*one.by_owner, *other.by_owner}
    return Lows(
        day=one.day, by_owner={owner: min(each.by_owner.get(owner, 0.0) for each in (one, other)) for owner in owners}
    )


def _pinned(one: object, other: object) -> dict[str, str]:
    """What both approve; a strategy of which they approve different files waits for a person."""
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    return {**one, **{name: sha if one.get(name, sha) == sha else "disputed" for name, sha in other.items()}}


def _united(one: object, other: object) -> list[HeldInstrument]:
    """Every instrument that either holds, with the orders that both name."""
    assert isinstance(one, list)
    assert isinstance(other, list)
    holds: dict[str, HeldInstrument] = {}
    for held in (*other, *one):
        before = holds.get(held.symbol, held)
        holds[held.symbol] = replace(held, orders=tuple(sorted({*before.orders, *held.orders})))
    return sorted(holds.values(), key=lambda held: held.symbol)


def _text(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
