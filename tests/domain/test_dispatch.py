"""A table of handlers is complete, or it is not made."""

from __future__ import annotations

import pytest

from ibtui.domain.dispatch import handlers

Known = int | str | bytes


def test_a_table_has_a_handler_for_each_type() -> None:
    table = handlers(Known, {int: "a", str: "b", bytes: "c"})
    assert [table[type(message)] for message in (1, "x", b"y")] == ["a", "b", "c"]
    assert handlers(Known, {int: "a"}, never=(str, bytes)) == {int: "a"}


@pytest.mark.parametrize(
    ("table", "never", "said"),
    [
        ({int: 1, str: 2}, (), "no handler for bytes"),
        ({}, (int,), "no handler for bytes, str"),
        ({int: 1, str: 2, bytes: 3, float: 4}, (), "float cannot come here"),
        ({int: 1, str: 2, bytes: 3}, (float,), "float cannot come here"),
        ({int: 1, str: 2, bytes: 3}, (int,), "int both handled and never handled"),
    ],
)
def test_what_is_missing_or_strange_is_named(table: dict[type, int], never: tuple[type, ...], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        handlers(Known, table, never=never)
