"""The clients for Python, each against the gateway: four that frame their messages, and IBPy, which does not."""

from __future__ import annotations

import sys

import pytest

from tests.clients.scenario import findings, judge, judge_modern, judge_old
from tests.insync import of_ib_insync

_IB_STYLE = ("-m", "tests.clients.drivers.ib_style")
_OFFICIAL = ("-m", "tests.clients.drivers.official")


@of_ib_insync
async def test_ib_insync(caplog: pytest.LogCaptureFixture) -> None:
    seen = await findings(caplog, sys.executable, *_IB_STYLE, "ib_insync", "PORT")
    judge(seen, 176)
    judge_modern(seen)


@pytest.mark.timeout(400)
async def test_ib_async(ib_async: str, caplog: pytest.LogCaptureFixture) -> None:
    seen = await findings(caplog, ib_async, *_IB_STYLE, "ib_async", "PORT")
    judge(seen, 178)
    judge_modern(seen)


async def test_official_client_9_81(caplog: pytest.LogCaptureFixture) -> None:
    seen = await findings(caplog, sys.executable, *_OFFICIAL, "PORT")
    judge(seen, 157)
    judge_modern(seen)


@pytest.mark.timeout(400)
async def test_newest_official_client(newest_ibapi: str, caplog: pytest.LogCaptureFixture) -> None:
    seen = await findings(caplog, newest_ibapi, *_OFFICIAL, "PORT")
    judge(seen, 178)
    judge_modern(seen)


@pytest.mark.timeout(400)
async def test_ibpy(ibpy: str, caplog: pytest.LogCaptureFixture) -> None:
    seen = await findings(caplog, ibpy, "-m", "tests.clients.drivers.old", "PORT")
    judge(seen, 69)
    judge_old(seen)
