"""Signals on standard input: every line once, and a line without an end costs itself."""

from __future__ import annotations

import io

from ibtui.cli.signals import LONGEST_LINE, lines_of


def test_a_line_without_an_end_costs_itself() -> None:
    stream = io.StringIO("first\n" + "x" * (3 * LONGEST_LINE + 5) + "\nlast\nno end")
    first, cut, last, rest = lines_of(stream)
    assert (first, last, rest) == ("first\n", "last\n", "no end")
    assert cut == "x" * LONGEST_LINE
