"""A line of text being typed: the characters, the cursor and the lines typed before."""

from __future__ import annotations

from ibtui.domain.text.sanitize import sanitize

LONGEST = 400
"""Characters in a line; a command has no more."""
PASTE_LIMIT = 1024
"""Bytes of a paste that a line still takes."""
HISTORY = 200


class TextLine:
    """Text and a cursor; every edit is one call."""

    def __init__(self, text: str = "", history: list[str] | None = None) -> None:
        self.text = text
        self.cursor = len(text)
        self._history = history if history is not None else []
        self._at = len(self._history)
        self._draft = text

    def press(self, key: str, character: str = "") -> bool:
        """Take a key; False when it edits nothing."""
        edit = _EDITS.get(key)
        if edit is not None:
            edit(self)
        elif character and character.isprintable():
            self.insert(character)
        else:
            return False
        return True

    def insert(self, text: str) -> None:
        """Put text at the cursor; what does not fit is left out."""
        text = text[: LONGEST - len(self.text)]
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def paste(self, text: str) -> str | None:
        """Take pasted text as data, on one line; a sentence when it is refused."""
        if len(text.encode("utf-8", "replace")) > PASTE_LIMIT:
            return f"That paste has {len(text)} characters and was not taken; a line takes {PASTE_LIMIT} bytes."
        self.insert(sanitize(text, LONGEST))
        return None

    def keep(self) -> None:
        """Remember the line; the newest is last, and a line said twice in a row counts once."""
        if self.text.strip() and self._history[-1:] != [self.text]:
            self._history.append(self.text)
            del self._history[:-HISTORY]

    def _older(self) -> None:
        if self._at == len(self._history):
            self._draft = self.text
        self._recall(max(self._at - 1, 0))

    def _newer(self) -> None:
        self._recall(min(self._at + 1, len(self._history)))

    def _recall(self, at: int) -> None:
        self._at = at
        self.text = self._history[at] if at < len(self._history) else self._draft
        self.cursor = len(self.text)

    def _erase(self) -> None:
        if self.cursor:
            self.text = self.text[: self.cursor - 1] + self.text[self.cursor :]
            self.cursor -= 1

    def _delete(self) -> None:
        self.text = self.text[: self.cursor] + self.text[self.cursor + 1 :]

    def _erase_word(self) -> None:
        kept = self.text[: self.cursor].rstrip()
        kept = kept[: kept.rfind(" ") + 1]
        self.text = kept + self.text[self.cursor :]
        self.cursor = len(kept)

    def _clear(self) -> None:
        self.text, self.cursor = self.text[self.cursor :], 0

    def _left(self) -> None:
        self.cursor = max(self.cursor - 1, 0)

    def _right(self) -> None:
        self.cursor = min(self.cursor + 1, len(self.text))

    def _home(self) -> None:
        self.cursor = 0

    def _end(self) -> None:
        self.cursor = len(self.text)


_EDITS = {
    "up": TextLine._older,
    "down": TextLine._newer,
    "backspace": TextLine._erase,
    "ctrl+h": TextLine._erase,
    "delete": TextLine._delete,
    "ctrl+w": TextLine._erase_word,
    "ctrl+u": TextLine._clear,
    "left": TextLine._left,
    "right": TextLine._right,
    "home": TextLine._home,
    "end": TextLine._end,
    "ctrl+e": TextLine._end,
}
