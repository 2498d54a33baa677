"""Numbers among the options are read as those of an order are."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from ibtui.cli.main import commands


def options(group: click.Group) -> Iterator[tuple[str, click.Parameter]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from options(command)
        elif command is not None:
            yield from ((f"{name} {option.name}", option) for option in command.params)


NUMBERS = {name: option for name, option in options(commands) if option.type.name == "number"}


def test_no_option_reads_numbers_in_another_way() -> None:
    kinds = {option.type.name for _, option in options(commands)}
    assert kinds == {"boolean", "choice", "datetime", "number", "path", "text"}
    assert len(NUMBERS) > 15


@pytest.mark.parametrize("option", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("text", ["1,5", "1_0", "nan", "inf", "1e1", "１", " 1", ""])
def test_what_is_no_number_is_refused(option: click.Parameter, text: str) -> None:
    with pytest.raises(click.BadParameter, match="number, not '"):
        option.type.convert(text, option, None)


@pytest.mark.parametrize("option", NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_read(option: click.Parameter) -> None:
    assert option.type.convert("7", option, None) == 7
