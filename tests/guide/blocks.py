"""What stands in a page: its code blocks, its inline code, its links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from tests.guide.tables import PAGES

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`([^`\n]+)`")


class Block(NamedTuple):
    """One fenced block."""

    page: str
    language: str
    text: str
    number: int
    """Of the blocks of its page, from 1."""

    @property
    def name(self) -> str:
        return f"{self.page}-{self.number}"


def blocks(language: str) -> list[Block]:
    """The fenced blocks of every page in that language."""
    found = []
    for page, file in PAGES.items():
        for number, match in enumerate(_FENCE.finditer(file.read_text()), 1):
            if match[1] == language:
                found.append(Block(page, match[1], match[2], number))
    return found


def links(file: Path) -> list[str]:
    """Where a page leads, without what stands on the web."""
    return [link for link in _LINK.findall(file.read_text()) if not link.startswith("http")]


def inline(file: Path) -> list[str]:
    """Every inline code of a page."""
    return _INLINE.findall(_FENCE.sub("", file.read_text()))


def calls(line: str) -> list[list[str]]:
    """The arguments of every call of `ibtui` in a line of a shell; a pipe or && divides calls."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    except ValueError:
        return []
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set("|&;"):
            found.append([])
        else:
            found[-1].append(word)
    return [words[1:] for words in found if words and words[0].rpartition("/")[2] == "ibtui"]
