"""Who traded what is not ours."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ibtui.broker.orders.fills import source
from ibtui.domain.order import FOREIGN


@pytest.mark.parametrize(
    ("facts", "owner", "words"),
    [
        ({"clientId": 0}, FOREIGN, "TWS"),
        ({"clientId": 7}, FOREIGN, "client 7"),
        ({"clientId": 0, "liquidation": 1}, FOREIGN, "IB's liquidation"),
        ({"clientId": 7}, "you", ""),
        ({"clientId": 0}, "dip", ""),
    ],
)
def test_the_source_of_an_execution(facts: dict[str, int], owner: str, words: str) -> None:
    assert source(SimpleNamespace(**({"liquidation": 0} | facts)), owner) == words
