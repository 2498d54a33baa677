"""README is true where a machine can tell."""

from __future__ import annotations

import re
from pathlib import Path

from tests.readme import README, written

ROOT = README.parent


def test_generated_tables_are_fresh() -> None:
    text = README.read_text()
    assert written(text) == text, "run: python -m tests.readme"


def test_every_picture_and_file_it_names_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text())
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []


def test_every_package_is_on_the_map() -> None:
    packages = {path.parent.name for path in Path(ROOT / "ibtui").glob("*/__init__.py")}
    text = README.read_text()
    assert [name for name in sorted(packages) if f"`{name}`" not in text] == []


def test_the_top_level_holds_what_was_agreed() -> None:
    allowed = {"pyproject.toml", "ibtui", "tests", "README.md", "screenshots", "LICENSE", "CHANGELOG.md"}
    ignored = {"build", "dist", "__pycache__"}
    assert {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} - ignored <= allowed
