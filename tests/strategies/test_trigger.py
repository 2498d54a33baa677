from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ibtui.domain.signal import Signal, signal
from ibtui.strategies.builtin.trigger import Trigger
from tests.strategies.stage import OPENED, Stage


def ready(**parameters: Any) -> Stage:
    stage = Stage(Trigger, symbol="A", **parameters)
    stage.bar(100)
    return stage


def news(text: str = "A buys B", symbol: str = "A", **fields: object) -> Signal:
    return signal(OPENED, "news", symbol, text=text, **fields)  # type: ignore[arg-type]


def test_a_headline_with_the_word_buys_with_a_stop() -> None:
    stage = ready(words="merger, BUYS", stop="2", target="4")
    assert stage.event(news()) == "news A buys B · buys 100"
    assert stage.orders == ["BUY 100 MKT 0", "SELL 100 STP 98", "SELL 100 LMT 104"]


@pytest.mark.parametrize(
    ("event", "parameters"),
    [
        (news("nothing of the kind"), {"words": "merger"}),
        (news(symbol="B"), {}),
        (news(), {"kind": "economic"}),
        (news(), {"source": "BRFG"}),
        (news(due=OPENED + timedelta(days=1)), {}),
        (news(), {"measure": "value", "least": "0.5"}),
        (news(value=0.4), {"measure": "value", "least": "0.5"}),
        (news(value=0.4), {"measure": "surprise"}),
        (news(value=0.0), {"direction": "follow"}),
    ],
)
def test_other_events_do_nothing(event: Signal, parameters: dict[str, str]) -> None:
    stage = ready(**parameters)
    stage.event(event)
    assert stage.orders == []


def test_it_follows_a_surprise_or_goes_against_it() -> None:
    release = signal(OPENED, "economic", "", 3.1, expected=3.4)
    stage = ready(kind="economic", measure="surprise", least="0.2", direction="follow")
    assert stage.event(release).endswith("sells 100")
    stage = ready(kind="", measure="surprise", least="0.2", direction="against")
    assert stage.event(release).endswith("buys 100")


def test_it_closes_after_its_time() -> None:
    stage = ready(hold="3")
    stage.event(news())
    assert stage.bar(100) == "+100 · holds, 2 min left"
    stage.bar(100)
    assert stage.bar(100) == "+100 · closes: time is over"
    stage.bar(100)
    assert stage.held == 0


def test_one_at_a_time_and_so_many_a_day() -> None:
    stage = ready(most="2", hold="1")
    stage.event(news())
    assert stage.event(news()).endswith("does nothing: it is in the market")
    stage.play([100, 100])
    stage.event(news())
    stage.play([100, 100])
    assert stage.event(news()).endswith("does nothing: 2 entries today")
    stage.time += timedelta(days=1)
    stage.bar(100)
    assert stage.event(news()).endswith("buys 100")


def test_before_it_knows_a_price_it_does_nothing() -> None:
    stage = Stage(Trigger, symbol="A")
    stage.event(news())
    assert stage.orders == []
