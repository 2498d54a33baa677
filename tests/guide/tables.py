"""The generated tables of the guide: `python -m tests.guide.tables` writes them, a test fails when they are stale."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import ibtui
from ibtui.broker.error_table import TABLE
from ibtui.cli.error import line
from ibtui.cli.exits import EXITS
from ibtui.commands.grammar import USAGE
from ibtui.commands.panes import PANES
from ibtui.commands.registry import ACTIONS
from ibtui.guide.topics import TOPICS
from ibtui.strategies.author.parameters import describe
from ibtui.strategies.builtin.guard import Guard
from ibtui.terminal.keys import shown
from ibtui.terminal.places.prompt import WORDS

ROOT = Path(ibtui.__file__).parent.parent
GUIDE = ROOT / "ibtui" / "guide"
README = ROOT / "README.md"
PAGES = {**{topic.name: GUIDE / f"{topic.name}.md" for topic in TOPICS}, "README": README}
"""Every page by its name."""


def keys() -> str:
    rows = [
        f"| {action.where} | {' '.join(f'`{shown(key)}`' for key in action.keys)} | {action.help} | `{action.id}` |"
        for action in ACTIONS
    ]
    return "\n".join(["| where | key | does | id |", "|---|---|---|---|", *rows])


def commands() -> str:
    return "\n".join(["```", *USAGE.values(), "```"])


def words() -> str:
    """What only the `:` line of the terminal understands."""
    rows = [f"| `:{word}` | {about} |" for word, (_, about) in WORDS.items()]
    return "\n".join(["| word | what it is for |", "|---|---|", *rows])


def guard() -> str:
    """The parameters of the guard, but for what it guards and on which bars."""
    rows = [
        f"| `{one.name}` | {one.typed} | {one.low:,.10g} to {one.high:,.10g} | {one.help} |"
        for one in describe(Guard)
        if one.low is not None and one.high is not None
    ]
    return "\n".join(["| parameter | default | bounds | what it is |", "|---|---|---|---|", *rows])


def panes() -> str:
    rows = [f"| `{shown(pane.key)}` | {pane.title} | {pane.tab} |" for pane in PANES]
    return "\n".join(["| key | pane | in a bar of tabs |", "|---|---|---|", *rows])


def exits() -> str:
    rows = [f"| {entry.status} | {entry.meaning} |" for entry in EXITS]
    return "\n".join(["| exit code | meaning |", "|---|---|", *rows])


def ib_codes() -> str:
    """What `ibtui error` lists; as a table it would take the terminal half a second to draw."""
    return "\n".join(["```", *(line(entry) for entry in sorted(TABLE, key=lambda one: one.code)), "```"])


def topics() -> str:
    rows = [f"| [{topic.name}]({topic.name}.md) | {topic.about} |" for topic in TOPICS]
    return "\n".join(["| topic | what is in it |", "|---|---|", *rows])


def rooms() -> str:
    """Every package with the first line of its docstring."""
    rows = []
    for file in sorted(ROOT.glob("ibtui/*/**/__init__.py")):
        about = (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")[0]
        rows.append(f"| `{file.parent.relative_to(GUIDE.parent)}` | {about} |")
    return "\n".join(["| package | owns |", "|---|---|", *rows])


TABLES = {
    "panes": panes,
    "keys": keys,
    "commands": commands,
    "words": words,
    "guard": guard,
    "exits": exits,
    "ib_codes": ib_codes,
    "topics": topics,
    "rooms": rooms,
}
"""By the name in the comments around it."""


def written(text: str) -> str:
    """A page with every generated part made anew."""
    for name, table in TABLES.items():
        inside = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = inside.sub(lambda found, table=table: f"{found[1]}{table()}\n{found[2]}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    for file in PAGES.values():
        file.write_text(written(file.read_text()))
