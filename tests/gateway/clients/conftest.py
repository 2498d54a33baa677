"""Recorders of what a client writes, at the oldest and the newest version that it speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.gateway.recorder import Recorder, recording


@pytest.fixture(params=[157, 176])
async def recorder(request: pytest.FixtureRequest) -> AsyncIterator[Recorder]:
    async with recording(request.param) as recorder:
        yield recorder
