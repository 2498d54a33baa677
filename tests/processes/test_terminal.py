"""The terminal in a pseudo-terminal: what a trader sees and presses, and what survives the terminal's death."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes.programs import Home, Trader, assert_gone
from tests.screens import Screen

pytestmark = pytest.mark.timeout(120)
SIZES = [(160, 45), (80, 24)]


@pytest.fixture
def trader(home: Home) -> Trader:
    return Trader(home, "demo")


def opened(home: Home, columns: int, rows: int) -> Screen:
    screen = home.screen("demo", columns=columns, rows=rows)
    screen.until("READY")
    screen.until(lambda text: "AAPL" in text and "EUR.USD" in text)
    return screen


def ended(home: Home, screen: Screen) -> str:
    """Quit by keys; the line that is left."""
    screen.press("escape", "escape", "q", apart=0.3)
    if screen.process.poll() is None:
        screen.press("enter", apart=0.3)
    assert screen.wait() == 0
    return screen.text


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_first_minute_of_trading(home: Home, trader: Trader, columns: int, rows: int) -> None:
    with opened(home, columns, rows) as screen:
        before = screen.text
        screen.until(lambda text: prices(text).items() - prices(before).items() != set())
        assert "DEMO" in screen.text
        screen.until(lambda _: len(trader.status()["positions"]) == 2)

        screen.press(":", "buy 100 MSFT market", "enter", apart=0.3)
        screen.until("BUY 100 MSFT")
        screen.settle(1.0)
        screen.press("enter")
        trader.until(lambda status: filled(status, "MSFT") == 100)

        screen.press("1", "g", "b", "100", "enter", apart=0.4)
        shown = screen.until("Enter sends")
        assert "BUY 100 AAPL at" in shown
        assert "READY" in shown
        screen.settle(1.0)
        screen.press("enter")
        status = trader.until(lambda status: len(mine(status, "AAPL", "BUY", 100)) >= 2)
        assert mine(status, "AAPL", "BUY", 100)[-1]["status"] in ("working", "partly_filled", "filled")
        line = ended(home, screen)
        assert "P&L" in line
    assert_gone(home)


def test_tickers_tick(home: Home) -> None:
    with opened(home, 160, 45) as screen:
        first = prices(screen.text)
        changed: set[str] = set()

        def seen(text: str) -> bool:
            changed.update(symbol for symbol, row in prices(text).items() if row != first.get(symbol))
            return len(changed) >= 10

        screen.until(seen)
        ended(home, screen)
    assert_gone(home)


Harm = Callable[[Screen], None]


def stopped(screen: Screen) -> None:
    os.kill(screen.process.pid, signal.SIGSTOP)


def hung_up(screen: Screen) -> None:
    screen.hang_up()


def killed(screen: Screen) -> None:
    os.kill(screen.process.pid, signal.SIGKILL)


@pytest.mark.parametrize("harm", [stopped, hung_up, killed])
def test_a_dead_terminal_changes_nothing(home: Home, trader: Trader, harm: Harm) -> None:
    with opened(home, 160, 45) as screen:
        assert trader.do("start sma_cross symbol=MSFT").code == 0
        trader.until(lambda status: strategy(status)["state"] == "running")
        harm(screen)
        for _ in range(3):  # the engine answers, its market moves and its strategy decides, whatever the terminal does
            before = trader.status()
            decided, quoted = strategy(before)["decided"], bids(before)
            trader.until(lambda s, d=decided, q=quoted: strategy(s)["decided"] != d and bids(s) != q)  # type: ignore[misc]
        assert trader.status()["state"] == "active"
    assert trader.do("stop sma_cross").code == 0
    with home.screen("attach", "--profile", "demo") as again:
        again.until("READY")
        status = trader.status()
        again.press("3", apart=0.5)
        for order in status["orders"][:3]:
            again.until(order["symbol"])
        for position in status["positions"]:
            again.until(lambda text, p=position: f"{p['quantity']:+,.0f}" in text)  # type: ignore[misc]
        ended(home, again)
    assert home.run("stop", "--profile", "demo").code == 0
    assert_gone(home)


def prices(text: str) -> dict[str, str]:
    """Each watchlist symbol with its row."""
    rows = (re.match(r"[▌ ]?\s?([A-Z]{2,4}[A-Z0-9]?\d?(?:\.USD)?)\s+(.*)", line) for line in text.splitlines())
    return {row[1]: row[2][:80] for row in rows if row}


def filled(status: Any, symbol: str) -> float:
    return float(sum(order["filled"] for order in status["orders"] if order["symbol"] == symbol))


def mine(status: Any, symbol: str, side: str, quantity: int) -> list[dict[str, Any]]:
    return [o for o in status["orders"] if (o["symbol"], o["side"], o["quantity"]) == (symbol, side, quantity)]


def strategy(status: Any) -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in status["strategies"] if s["name"] == "sma_cross")
    return found


def bids(status: Any) -> list[float | None]:
    return [quote["bid"] for quote in status["quotes"]]
