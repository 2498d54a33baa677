"""The lines of a calendar in the iCalendar format as components, each with its properties and what is nested in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field


class Property(Struct, frozen=True):
    """One line of a component: `DTSTART;TZID=Europe/Paris:20260306T083000`."""

    name: str
    value: str
    parameters: dict[str, str]


class Component(Struct):
    """What stands between BEGIN and END; its name, its own lines and what is nested in it."""

    name: str
    raw: list[str] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    inner: list[Component] = field(default_factory=list)
    closed: bool = False

    def all(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.name == name]

    def text(self, name: str) -> str:
        """The value of its first line of that name, empty without one."""
        return next((one.value for one in self.properties if one.name == name), "")


def parsed(text: str) -> list[Component]:
    """The calendars of a file, in order; what is not closed ends where the next of its kind begins."""
    found: list[Component] = []
    stack: list[Component] = []
    for line in re.sub(r"\n[ \t]", "", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n"):
        upper = line.strip().upper()
        if upper.startswith("BEGIN:"):
            _open(upper[6:].strip(), stack, found)
        elif upper.startswith("END:"):
            _close(upper[4:].strip(), line, stack)
            continue
        elif stack:
            stack[-1].properties.extend(_property(line))
        for one in stack:
            if one.name == "VTIMEZONE":
                one.raw.append(line)
    return found


def _open(name: str, stack: list[Component], found: list[Component]) -> None:
    if name == "VCALENDAR":
        stack.clear()
    elif name in ("VEVENT", "VTIMEZONE"):
        del stack[1:]
    made = Component(name)
    if stack:
        stack[-1].inner.append(made)
    elif name == "VCALENDAR":
        found.append(made)
    if stack or name == "VCALENDAR":
        stack.append(made)


def _close(name: str, line: str, stack: list[Component]) -> None:
    for one in stack:
        if one.name == "VTIMEZONE":
            one.raw.append(line)
    if any(one.name == name for one in stack):
        while (closed := stack.pop()).name != name:
            pass  # it was left open
        closed.closed = True


def _property(line: str) -> Iterator[Property]:
    """The property that a line is, or none where it is no line of the format."""
    head, quoted = "", False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            head = line[:at]
            break
    if head:
        name, *rest = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', head)
        pairs = (part.partition("=") for part in rest)
        parameters = {key.strip().upper(): value.strip().strip('"') for key, _, value in pairs}
        yield Property(name.strip().upper(), line[len(head) + 1 :].strip(), parameters)
