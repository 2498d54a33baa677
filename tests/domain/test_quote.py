"""The mark and the change of a market, with holes in it."""

from __future__ import annotations

import pytest

from ibtui.domain.quote import Quote


def test_the_mark_is_the_last_trade_within_the_spread() -> None:
    assert Quote(symbol="A", bid=10.0, ask=10.2, last=10.1).mark == 10.1


def test_a_last_trade_outside_the_spread_gives_way_to_the_middle() -> None:
    assert Quote(symbol="A", bid=10.0, ask=10.2, last=12.0).mark == pytest.approx(10.1)


def test_without_a_market_the_close_is_all_there_is() -> None:
    assert Quote(symbol="A", close=9.0).mark == 9.0
    assert Quote(symbol="A").mark is None


def test_change_needs_a_close() -> None:
    assert Quote(symbol="A", last=11.0).change_percent is None
    assert Quote(symbol="A", last=11.0, close=10.0).change_percent == pytest.approx(10.0)
    assert Quote(symbol="A", bid=10.9, ask=11.1, close=10.0).change_percent == pytest.approx(10.0)
