"""`ibtui guide` shows a page: as Markdown into a pipe, drawn and paged in a terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from ibtui.cli import guide
from ibtui.cli.exits import status_of
from ibtui.cli.main import commands
from ibtui.domain.failure import IbtuiError
from ibtui.guide.topics import TOPICS, topic


class Terminal(io.StringIO):
    """Standard output that somebody looks at."""

    def isatty(self) -> bool:
        return True


def printed(*arguments: str) -> str:
    return CliRunner().invoke(commands, [*arguments], catch_exceptions=False, standalone_mode=False).output


def test_without_a_topic_all_are_listed_with_what_is_in_them() -> None:
    lines = printed("guide").splitlines()
    assert [line.split()[0] for line in lines[: len(TOPICS)]] == [known.name for known in TOPICS]
    assert [known["topic"] for known in json.loads(printed("guide", "--json"))] == [known.name for known in TOPICS]


@pytest.mark.parametrize("known", TOPICS)
def test_into_a_pipe_a_topic_is_its_markdown(known: object) -> None:
    name = known.name  # type: ignore[attr-defined]
    assert printed("guide", name) == topic(name).text
    assert json.loads(printed("guide", name.upper(), "--json"))["text"] == topic(name).text


def test_in_a_terminal_it_is_drawn_and_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    paged: list[str] = []
    monkeypatch.setattr("click.echo_via_pager", paged.append)
    monkeypatch.setattr("sys.stdout", Terminal())
    guide._show(topic("safety"))
    (shown,) = paged
    assert "What survives what" in shown
    assert "| what happens |" not in shown


def test_a_topic_that_there_is_not_is_one_sentence_with_the_nearest() -> None:
    with pytest.raises(IbtuiError) as told:
        printed("guide", "safty")
    assert told.value.message == ("The guide has no topic 'safty': did you mean 'safety'? Write `ibtui guide safety`.")
    assert status_of(told.value.code) == 2


@pytest.mark.parametrize("arguments", [("201",), ("2103", "--json"), ("383",)])
def test_a_code_of_ib_is_told_as_ibtui_error_tells_it(arguments: tuple[str, ...]) -> None:
    assert printed("guide", "error", *arguments) == printed("error", *arguments)


def test_a_code_of_ours_is_told_with_what_to_do() -> None:
    assert printed("guide", "error", "no_quote") == (
        "no_quote  there is no price to work with\n  what to do: wait for one, or name a price\n"
    )
    with pytest.raises(IbtuiError, match="did you mean 'no_quote'"):
        printed("guide", "error", "no_quot")


def test_help_teaches_and_draws_nothing() -> None:
    """Rich takes a tenth of a second: a start that shows no page does without."""
    code = (
        "import sys, click.testing, ibtui.cli.main as m;"
        "out = [click.testing.CliRunner().invoke(m.commands, a).output for a in (['--help'], ['guide', '--help'])];"
        "print([name for name in ('rich', 'markdown_it') if name in sys.modules], 'ibtui guide safety' in out[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[] True"
