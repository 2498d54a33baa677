"""What moves prices: factors shared by many instruments or owned by one, with volatility that clusters."""

from __future__ import annotations

from itertools import accumulate
from math import exp
from typing import NamedTuple

from ibtui.exchange.paths.stories import shocks
from ibtui.exchange.randomness import Use, stream

BLOCK = 60
"""Minutes that are made at once."""
NANO = 1e9
"""Log prices are whole billionths, so that sums are exact in either direction of time."""
PER_MINUTE = 1440**-0.5
"""Volatility of a minute in units of a day's; the market is always in session."""

_SLOW = 8
_KEPT = 3000
_ECHO = 15
"""Minutes that a headline keeps a market busier for."""
_JUMP_CHANCE, _JUMP = 0.002, 4.0


class Block(NamedTuple):
    """One hour of a factor: its return in each minute (in daily volatilities) and how hot each minute was."""

    returns: list[float]
    heat: list[float]


class Factors:
    """Unit-volatility returns by name and hour, made when asked for and forgotten when many.

    The logarithm of volatility is a smooth random curve over eight hours plus one over an hour, and a quick
    autoregressive part in between, so quiet and busy stretches last. Any hour can be made without the hours before it.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._blocks: dict[tuple[str, int], Block] = {}

    def block(self, name: str, number: int) -> Block:
        """The hour that begins `number * 60` minutes after 1970."""
        key = (name, number)
        block = self._blocks.get(key)
        if block is None:
            if len(self._blocks) >= _KEPT:
                self._blocks.clear()
            block = self._blocks[key] = self._make(name, number)
        return block

    def _make(self, name: str, number: int) -> Block:
        random = stream(self._seed, "returns", name, number)
        gauss, chance = random.gauss, random.random
        begin, end = self._level(name, number), self._level(name, number + 1)
        quick = accumulate((gauss(0.0, 0.13) for _ in range(BLOCK)), lambda level, shock: 0.85 * level + shock)
        heat = [exp(begin + (end - begin) * minute / BLOCK + fast) for minute, fast in enumerate(quick)]
        jumps = (_JUMP if chance() < _JUMP_CHANCE else 1.0 for _ in range(BLOCK))
        returns = [gauss(0.0, PER_MINUTE) * hot * jump for hot, jump in zip(heat, jumps, strict=True)]
        for minute, shock in shocks(self._seed, name, number).items():
            returns[minute] += shock
            heat[minute : minute + _ECHO] = [hot * (1 + 2 * abs(shock)) for hot in heat[minute : minute + _ECHO]]
        return Block(returns, heat)

    def _level(self, name: str, number: int) -> float:
        """Logarithm of volatility at the start of an hour; its mean makes the average squared volatility about 1."""
        slow, part = divmod(number, _SLOW)
        ends = self._knot("slow", name, slow), self._knot("slow", name, slow + 1)
        return 0.35 * (ends[0] + (ends[1] - ends[0]) * part / _SLOW) + 0.25 * self._knot("hourly", name, number) - 0.2

    def _knot(self, use: Use, name: str, number: int) -> float:
        return stream(self._seed, use, name, number).gauss(0.0, 1.0)
