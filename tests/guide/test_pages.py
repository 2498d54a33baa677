"""Every page renders, its links lead somewhere, its generated tables are fresh, and what it names is there."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest
from rich.console import Console

import ibtui
from ibtui.guide.page import THEME, page
from ibtui.guide.topics import TOPICS, topic
from tests.guide.blocks import inline, links
from tests.guide.tables import GUIDE, PAGES, README, ROOT, TABLES, written


def drawn(text: str, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, theme=THEME)
    with console.capture() as captured:
        console.print(page(text))
    return captured.get()


def test_every_topic_ships_and_no_other_page_does() -> None:
    assert {file.stem for file in GUIDE.glob("*.md")} == {known.name for known in TOPICS}
    assert GUIDE.parent.samefile(next(iter(ibtui.__path__)))


@pytest.mark.parametrize("name", PAGES)
def test_generated_tables_are_fresh(name: str) -> None:
    text = PAGES[name].read_text()
    assert written(text) == text, "run: python -m tests.guide.tables"


@pytest.mark.parametrize("table", TABLES)
def test_every_generated_table_is_shown_once(table: str) -> None:
    assert sum(f"<!-- {table} -->" in file.read_text() for file in PAGES.values()) == 1


@pytest.mark.parametrize("width", [60, 80, 110])
@pytest.mark.parametrize("name", [known.name for known in TOPICS])
def test_every_topic_renders_in_any_width(name: str, width: int) -> None:
    text = topic(name).text
    shown = drawn(text, width)
    first = text.splitlines()[0].removeprefix("# ")
    assert shown.split("\n")[0].startswith(first)
    assert "<!--" not in shown
    assert ".md)" not in shown
    headings = [line.lstrip("# ") for line in text.splitlines() if re.match(r"#{2,3} ", line) and "`" not in line]
    assert [heading for heading in headings if heading.split()[-1] not in shown] == []


@pytest.mark.parametrize("name", [known.name for known in TOPICS])
def test_the_text_of_a_topic_is_no_wider_than_a_terminal_that_gets_it_by_a_pipe(name: str) -> None:
    text = re.sub(r"^```.*?^```$", "", topic(name).text, flags=re.MULTILINE | re.DOTALL)
    assert [line for line in text.splitlines() if len(line) > 100 and not line.startswith(("|", "`{"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    file = PAGES[name]
    assert [link for link in links(file) if not (file.parent / link.partition("#")[0]).exists()] == []


def test_every_topic_is_reached_from_the_first() -> None:
    assert {f"{known.name}.md" for known in TOPICS} <= set(links(PAGES["start"]))


@pytest.mark.parametrize("name", PAGES)
def test_every_module_and_path_that_it_names_is_there(name: str) -> None:
    text = PAGES[name].read_text()
    modules = re.findall(r"python -m (tests\.[a-z_.]+)", text)
    assert [module for module in modules if importlib.util.find_spec(module.rstrip(".")) is None] == []
    paths = re.findall(r"(?<![\w/~.-])(?:ibtui|tests|\.ci)/[\w./]*\w", text)
    paths += [word for word in inline(PAGES[name]) if re.fullmatch(r"[a-z]+/[a-z_./]+", word)]
    absent = [path for path in paths if not any((root / path).exists() for root in (ROOT, ROOT / "ibtui"))]
    assert [path for path in absent if "NAME" not in path] == []


def test_every_path_that_the_check_names_is_there() -> None:
    for script in (ROOT / ".ci").iterdir():
        paths = re.findall(r"(?<![\w/~.-])tests/[\w./]*\w", script.read_text())
        assert [path for path in paths if not (ROOT / path).exists()] == [], script.name


def test_the_map_has_every_package_of_the_first_floor() -> None:
    packages = {path.parent.name for path in (ROOT / "ibtui").glob("*/__init__.py")}
    text = PAGES["contribute"].read_text()
    assert [name for name in sorted(packages) if f"`{name}`" not in text] == []


def test_the_glossary_has_about_sixty_words_each_once_in_order() -> None:
    text = PAGES["contribute"].read_text()
    table = text[text.index("## Glossary") : text.index("## How to add something")]
    words = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")][1:]
    assert 55 <= len(words) <= 75
    assert len(set(words)) == len(words)
    assert words == sorted(words, key=str.lower)


def test_the_top_level_holds_what_was_agreed() -> None:
    allowed = {"pyproject.toml", "ibtui", "tests", "README.md", "screenshots", "LICENSE", "CHANGELOG.md"}
    assert {name for name in top_level(ROOT) if not name.startswith(".")} <= allowed
    assert README.exists()


def top_level(root: Path) -> set[str]:
    """What git keeps there; where no repository is, as in a source archive, what lies there and is not built."""
    if not (root / ".git").exists() or which("git") is None:
        return {path.name for path in root.iterdir()} - {"build", "dist", "__pycache__"}
    kept = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    return {line.partition("/")[0] for line in kept.splitlines()}


def test_what_a_walk_through_the_guide_leaves_is_not_of_the_top_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):  # of a commit whose hook runs the tests
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "kept").touch()
    assert top_level(tmp_path) == {"kept"}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "kept"], cwd=tmp_path, check=True)
    (tmp_path / "SPY.csv").touch()
    assert top_level(tmp_path) == {"kept"}
