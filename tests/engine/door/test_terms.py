"""What nobody can ask for yet is refused where it comes in, in one sentence, and nothing is sent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.commands.command import Trade
from ibtui.domain.failure import IbtuiError
from ibtui.domain.terms import Side, Terms
from ibtui.link.messages import Do, Preview
from tests.engine.markets import CALM, hold, placed
from tests.engines import running_engine
from tests.gateways import running_gateway

PLAIN = Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(1), type="MKT")
CHANGES: list[dict[str, Any]] = [
    {"type": "TRAIL", "trail_amount": Decimal(1)},
    {"type": "nonsense"},
    {"tif": "FOK"},
    {"all_or_none": True},
    {"display_size": 1},
    {"algo": "Adaptive"},
    {"oca_group": "ibtui-aaaaaaaaaaaa"},
    {"outside_hours": True},
]


async def test_terms_that_cannot_be_sent_are_refused_at_the_door(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        for changes in CHANGES:
            command = Trade(terms=replace(PLAIN, **changes))
            for ask in (Preview(command=command), Do(command=command), Do(command=command, id="night.1")):
                with pytest.raises(IbtuiError) as refused:
                    await engine.ask(ask)
                assert refused.value.code == "bad_order", changes
        assert placed(gateway) == 0
        await engine.do("buy 1 AAPL market")
        assert placed(gateway) == 1
