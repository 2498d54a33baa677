"""Averages that tie: crossings as whole numbers count them, which sums of floats do not."""

from __future__ import annotations

import random
from datetime import timedelta

from ibtui.backtest import run
from ibtui.domain.bar import Bar
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.sma_cross import SmaCross
from tests.backtest.past import FREE, OPENED

FAST, SLOW, COUNT = 10, 30, 60_000


def cents() -> list[int]:
    """Closes that move by a few cents: their averages tie often."""
    rng = random.Random(3)
    price, made = 10_000, []
    for _ in range(COUNT):
        price = max(price + rng.choice((-2, -1, 0, 1, 2)), 100)
        made.append(price)
    return made


def oracle(closes: list[int]) -> tuple[int, int, int]:
    """Fills, final equity in cents, and ties, with sums of whole cents: fast sum x SLOW against slow sum x FAST."""
    cash, held, fills, ties = 10_000_000, 0, 0, 0
    before: int | None = None
    wish = 0
    for place, close in enumerate(closes):
        opened = closes[place - 1] if place else close
        if wish > 0 and not held:
            cash, held, fills = cash - 100 * opened, 100, fills + 1
        elif wish < 0 and held:
            cash, held, fills = cash + 100 * opened, 0, fills + 1
        wish = 0
        if place + 1 < SLOW:
            continue
        gap = sum(closes[place + 1 - FAST : place + 1]) * SLOW - sum(closes[place + 1 - SLOW : place + 1]) * FAST
        ties += gap == 0
        if gap > 0 and before is not None and before <= 0 and not held:
            wish = 1
        elif gap < 0:
            wish = -1
        before = gap
    return fills, cash + held * closes[-1], ties


def test_every_tie_is_decided_as_whole_numbers_decide_it() -> None:
    closes = cents()
    bars, before = [], closes[0]
    for place, close in enumerate(closes):
        opened, ended = before / 100, close / 100
        low, high = min(opened, ended), max(opened, ended)
        bars.append((Bar("A", OPENED + timedelta(minutes=place), opened, high, low, ended),))
        before = close
    chosen = values(SmaCross, {"symbol": "A", "fast": str(FAST), "slow": str(SLOW), "shares": "100"})
    result = run(SmaCross, bars, chosen, FREE)
    fills, money, ties = oracle(closes)
    assert ties > 100
    assert result.trades.fill_count == fills
    assert round(result.final_equity * 100) == money
