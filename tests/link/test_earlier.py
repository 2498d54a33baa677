"""What 0.1.0 and its clients said keeps its meaning: each line is read, and means the same when it is written again."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from ibtui.link.codec import encode, from_client, from_engine
from tests.earlier import TALKS, Line, lost, talk


def again(line: Line) -> Any:
    """The line as it is written now for that version, once it was read."""
    read = from_client if line.by == "client" else from_engine
    return json.loads(encode(read(line.text, 1), 1), parse_float=Decimal)


@pytest.mark.parametrize("name", TALKS)
def test_every_line_of_the_version_before_keeps_every_field(name: str) -> None:
    lines = talk(name)
    assert {line.by for line in lines} == {"client", "engine"}
    assert [at for line in lines for at in lost(line.data, again(line))] == []
