"""What the disk refuses now: one sentence for each file that cannot be written."""

from __future__ import annotations

from collections.abc import Callable


class Troubles:
    """Told by the writers of files; `listeners` get the file's name and its sentence, an empty one when it is over."""

    def __init__(self) -> None:
        self._sentences: dict[str, str] = {}
        self.listeners: list[Callable[[str, str], None]] = []

    @property
    def words(self) -> str:
        """All of it; empty when nothing is in the way."""
        return " ".join(filter(None, self._sentences.values()))

    def tell(self, file: str, failure: str) -> None:
        """The disk refuses a file, for the reason in `failure`, or takes it again, with nothing in it."""
        self._sentences[file] = failure
        for listener in self.listeners:
            listener(file, failure)
