"""A bounded search of what the fuzz scripts search at length: valid requests, and bytes that are anything."""

from __future__ import annotations

import random

import pytest

from tests.gateway.fuzz_bytes import Target, streams
from tests.gateway.fuzz_requests import UnansweredError, check, fuzz
from tests.gateway.raw import Message
from tests.gateway.valid_requests import LAYOUTS


def test_every_valid_request_is_answered() -> None:
    assert fuzz(2000) >= 1500


def test_silence_and_failures_are_noticed() -> None:
    values = {"reqId": 7, "conId": 1}
    now, other = Message("currentTime", {}), Message("error", {"reqId": 8, "errorCode": 200, "errorString": "no"})
    with pytest.raises(UnansweredError):
        check(LAYOUTS["reqHistoricalNews"], values, [other, now])
    failed = Message("error", {"reqId": 7, "errorCode": 322, "errorString": "it failed inside the gateway"})
    with pytest.raises(UnansweredError):
        check(LAYOUTS["reqHistoricalNews"], values, [failed, now])
    check(LAYOUTS["reqHistoricalNews"], values, [Message("historicalNewsEnd", {"reqId": 7, "hasMore": False}), now])


def test_bytes_that_are_anything_harm_nobody_else() -> None:
    chance = random.Random(7)
    with Target() as target:
        for data in streams(chance, 600):
            target.feed(data)
        assert target.answers()
