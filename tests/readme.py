"""README's generated tables: `python -m tests.readme` writes them, a test fails when they are stale."""

from __future__ import annotations

import re
from pathlib import Path

from ibtui.cli.exits import EXITS
from ibtui.commands.grammar import USAGE
from ibtui.commands.registry import ACTIONS

README = Path(__file__).parent.parent / "README.md"
NAMES = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "asterisk": "*",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "delete": "Del",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "f9": "F9",
    "ctrl+backslash": "Ctrl+\\",
}


def key_name(key: str) -> str:
    """A key as it stands on a keyboard."""
    return NAMES.get(key) or (f"Ctrl+{key.removeprefix('ctrl+')}" if key.startswith("ctrl+") else key)


def tables() -> dict[str, str]:
    """Each generated part of README by the name in its comment."""
    keys = ["| where | key | does | id |", "|---|---|---|---|"]
    for action in ACTIONS:
        names = " ".join(f"`{key_name(key)}`" for key in action.keys)
        keys.append(f"| {action.where} | {names} | {action.help} | `{action.id}` |")
    commands = ["```", *USAGE.values(), "```"]
    exits = ["| exit code | meaning |", "|---|---|"]
    exits += [f"| {entry.status} | {entry.meaning} |" for entry in EXITS]
    return {"keys": "\n".join(keys), "commands": "\n".join(commands), "exits": "\n".join(exits)}


def written(text: str) -> str:
    """README's text with every generated part made anew."""
    for name, table in tables().items():
        inside = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        assert inside.search(text), name
        text = inside.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
