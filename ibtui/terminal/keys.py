"""Which key starts which action in which place: the registry's defaults, changed by the user's `[keys]` table."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from textual.keys import Keys

from ibtui.commands.panes import PANE_IDS
from ibtui.commands.registry import ACTIONS, BY_ID
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.naming import nearest

Hint = tuple[str, str]
"""A key as it is shown, and what it does."""


class Press(NamedTuple):
    """One key as it came from the terminal."""

    key: str
    """The key under Textual's name for it."""
    text: str = ""
    """The printable character it types, empty for every other key."""
    arrived: float = 0.0
    """Monotonic seconds when it was read from the terminal."""


SEARCHED: dict[str, tuple[str, ...]] = {
    **{pane: (pane, "panes", "everywhere") for pane in PANE_IDS},
    "ticket": ("ticket", "everywhere"),
    "text": ("everywhere",),
}
"""Place -> the parts of the registry whose keys work there, the nearest first."""

_ASCII_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Where Textual's name of a character is not its Unicode name."""

_KEYPAD = {"decimal": "full_stop", "divide": "slash", "multiply": "asterisk", "subtract": "minus", "add": "plus"}
"""Keypad names of the kitty protocol -> the character's own name."""

_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "space": "Space",
    "delete": "Del",
    "backspace": "Bksp",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}

_NEVER = {
    "ctrl+b": "tmux's prefix",
    "ctrl+a": "screen's prefix",
    "ctrl+s": "it freezes terminals",
    "ctrl+q": "it thaws terminals",
    "ctrl+z": "it suspends programs",
    "ctrl+h": "terminals send it for Backspace",
    "ctrl+i": "terminals send it for Tab",
    "ctrl+m": "terminals send it for Enter",
}


def character_name(character: str) -> str:
    """The key name of a printable character: `?` is `question_mark`, `b` is `b`."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _ASCII_NAMES.get(name, name)


_CHARACTERS = {character_name(chr(code)): chr(code) for code in range(0x20, 0x7F)}


def plain_key(key: str) -> str:
    """`key` under its one name, whichever protocol the terminal reported it by."""
    return _KEYPAD.get(key, key)


def shown(key: str) -> str:
    """`key` as people write it: `F9`, `Ctrl+\\`, `?`."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key in _CHARACTERS:
        return _CHARACTERS[key]
    modifiers, _, last = key.rpartition("+")
    last = _SHOWN.get(last) or _CHARACTERS.get(last) or last.capitalize()
    return f"{modifiers.replace('ctrl', 'Ctrl').replace('shift', 'Shift')}+{last}" if modifiers else last


@cache
def _named_keys() -> frozenset[str]:
    return frozenset({str(key.value) for key in Keys if not key.value.startswith("<")} | _CHARACTERS.keys())


class Keymap:
    """Keys by place; raises IbtuiError `bad_config` with every mistake of the overrides in one list."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        self._problems: list[str] = []
        self._keys: dict[str, tuple[str, ...]] = {action.id: action.keys for action in ACTIONS}
        for action_id, text in (overrides or {}).items():
            self._override(action_id, text)
        self._by_place = {place: self._table(wheres) for place, wheres in SEARCHED.items()}
        self._check_fields()
        if self._problems:
            raise IbtuiError("bad_config", "[keys] cannot be used: " + "; ".join(dict.fromkeys(self._problems)) + ".")

    def action(self, place: str, key: str) -> str | None:
        """The id of the action that `key` starts in `place`, a name of SEARCHED."""
        return self._by_place[place].get(key)

    def keys(self, action_id: str) -> tuple[str, ...]:
        """Every key of an action."""
        return self._keys[action_id]

    def label(self, action_id: str) -> str:
        """The key of an action as the screen shows it."""
        return shown(self._keys[action_id][0])

    def hint(self, action_id: str, does: str = "") -> Hint:
        """The key of an action and its title, or what it does just here where that is more than the title."""
        return self.label(action_id), does or BY_ID[action_id].title

    def hints(self, *action_ids: str, between: str = " ") -> Hint:
        """Several actions as one hint: their keys with `between` among them, then the titles of those that have one."""
        labels, titles = zip(*(self.hint(action_id) for action_id in action_ids), strict=True)
        return between.join(labels), " ".join(filter(None, titles))

    def _override(self, action_id: str, text: str) -> None:
        if action_id not in BY_ID:
            self._problems.append(f"there is no action {action_id!r}{_nearest(action_id, BY_ID)}")
            return
        named = tuple(_named(part) for part in _parts(text))
        if not named:
            self._problems.append(f"{action_id} has no key")
        for key in named:
            self._check_name(action_id, key)
        self._keys[action_id] = named or self._keys[action_id]

    def _check_name(self, action_id: str, key: str) -> None:
        if key in _NEVER:
            self._problems.append(f"{action_id} cannot be on {key}: {_NEVER[key]}")
        elif "alt+" in key:
            self._problems.append(f"{action_id} cannot be on {key}: alt is lost over SSH")
        elif key not in _named_keys():
            self._problems.append(f"{action_id}: {key!r} is not the name of a key{_nearest(key, _named_keys())}")

    def _table(self, wheres: tuple[str, ...]) -> dict[str, str]:
        table: dict[str, str] = {}
        for action in (action for where in wheres for action in ACTIONS if action.where == where):
            for key in self._keys[action.id]:
                if table.setdefault(key, action.id) != action.id:
                    self._problems.append(f"{key} would be both {table[key]} and {action.id}")
        return table

    def _check_fields(self) -> None:
        """Text fields need the characters, and the ticket its digits."""
        for action in ACTIONS:
            taken = {"everywhere": _CHARACTERS.keys(), "ticket": set("0123456789") | {"full_stop"}}.get(action.where)
            for key in self._keys[action.id]:
                if taken is not None and key in {*taken, "backspace"}:
                    self._problems.append(f"{action.id} cannot be on {key}: fields need it")


def _parts(text: str) -> list[str]:
    """The keys of a list separated by commas; a comma by itself is the comma key."""
    return ["comma"] if text.strip() == "," else [part.strip() for part in text.split(",") if part.strip()]


def _named(part: str) -> str:
    return character_name(part) if len(part) == 1 else part.lower()


def _nearest(word: str, known: Iterable[str]) -> str:
    near = nearest(word, sorted(known))
    return f" (did you mean {near[0]}?)" if near else ""
