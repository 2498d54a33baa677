"""Lines of `--as`: for one symbol of the data, or for the only one."""

from __future__ import annotations

import pytest

from ibtui.cli.contracts import given
from ibtui.domain.failure import IbtuiError

LINE = "FUT USD 10 0.5 CME"


@pytest.mark.parametrize(
    ("typed", "symbols", "found"),
    [
        ([LINE], ["ZZH6"], {"ZZH6": LINE}),
        ([f"zz={LINE}"], ["ZZH6", "ZYH6"], {"ZZ": LINE}),
        ([f"ES=F={LINE}"], ["ES=F"], {"ES=F": LINE}),
        ([f"A = {LINE}", f"B={LINE}"], ["A", "B"], {"A": f" {LINE}", "B": LINE}),
    ],
)
def test_lines(typed: list[str], symbols: list[str], found: dict[str, str]) -> None:
    assert given(typed, symbols) == found


@pytest.mark.parametrize(
    ("typed", "symbols", "says"),
    [
        ([LINE], ["A", "B"], 'say which one it is: --as "A=FUT USD 10 0.5 CME"'),
        (["A=FUT"], ["A"], "'FUT' is no contract"),
        ([""], ["A"], "is no contract"),
    ],
)
def test_what_is_no_line(typed: list[str], symbols: list[str], says: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        given(typed, symbols)
    assert caught.value.code == "usage"
    assert says in caught.value.message
