"""Orders from the command line, as scripts place them, against the demo's gateway."""

from __future__ import annotations

import pytest

from tests.insync import SERVER_VERSION
from tests.processes.programs import Trader, quantity


def quote(demo: Trader, symbol: str) -> dict[str, float]:
    found: dict[str, float] = next(q for q in demo.status()["quotes"] if q["symbol"] == symbol)
    return found


def test_the_demo_opens_with_something_in_every_pane(demo: Trader) -> None:
    status = demo.status()
    assert (status["profile"], status["mode"], status["state"]) == ("demo", "paper", "active")
    assert status["connection"]["server_version"] == SERVER_VERSION
    assert len([q for q in status["quotes"] if q["age"] is not None and q["age"] < 5]) >= 10
    covers = {position["cover"] for position in status["positions"]}
    assert {"full", "BARE"} <= covers
    assert any(order["status"] == "working" and order["type"] == "LMT" for order in status["orders"])
    assert any(strategy["name"] == "sma_cross" for strategy in status["strategies"])


def test_a_market_order_fills_and_shows_everywhere(demo: Trader) -> None:
    before = demo.position("MSFT")
    done = demo.do("buy 100 MSFT market")
    assert done.code == 0, done.out
    (order,) = done.json["orders"]
    assert (order["symbol"], order["side"], order["quantity"], order["owner"]) == ("MSFT", "BUY", 100, "you")
    demo.until(lambda status: any(o["ref"] == order["ref"] and o["status"] == "filled" for o in status["orders"]))
    filled = demo.order(order["ref"])
    assert filled["filled"] == 100
    assert filled["average_price"] > 0
    assert filled["perm_id"] > 0
    demo.until(lambda status: quantity(status, "MSFT") == before + 100)


def test_a_resting_limit_is_working_until_cancelled(demo: Trader) -> None:
    price = round(quote(demo, "JPM")["bid"] * 0.98, 2)
    done = demo.do(f"buy 10 JPM @ {price}")
    (order,) = done.json["orders"]
    assert (done.code, order["status"], order["limit_price"]) == (0, "working", price)
    cancelled = demo.do(f"cancel {order['ref']}")
    assert cancelled.code == 0, cancelled.out
    assert demo.order(order["ref"])["status"] == "cancelled"


def test_a_bracket_is_three_linked_orders_and_goes_as_one(demo: Trader) -> None:
    bid = quote(demo, "XOM")["bid"]
    entry, target, stop = round(bid * 0.98, 2), round(bid * 1.02, 2), round(bid * 0.96, 2)
    done = demo.do(f"buy 20 XOM @ {entry} tp {target} sl {stop}")
    assert done.code == 0, done.out
    parent, *children = done.json["orders"]
    assert [child["parent"] for child in children] == [parent["ref"]] * 2
    assert {(child["type"], child["status"]) for child in children} == {("LMT", "waiting"), ("STP", "waiting")}
    demo.do(f"cancel {parent['ref']}")
    demo.until(
        lambda status: all(
            order["status"] == "cancelled" for order in status["orders"] if order["ref"].startswith(parent["ref"])
        )
    )


def test_a_preview_sends_nothing(demo: Trader) -> None:
    before = {order["ref"] for order in demo.status()["orders"]}
    done = demo.preview("buy 7 GOOG market")
    assert done.code == 0
    assert "BUY 7 GOOG" in done.json["preview"]["sentence"]
    assert {order["ref"] for order in demo.status()["orders"]} == before


BAD = [
    ("buy 100 NOSUCH market", "unknown_symbol", 6),
    ("buy 1 ES market", "ambiguous_symbol", 6),
    ("buy -5 AAPL market", "bad_command", 2),
    ("buy nan AAPL market", "bad_command", 2),
    ("buy 99999999999 AAPL market", "too_large", 5),
    ("buy 0.5 FRONT market", "bad_quantity", 5),
    ("buy 100 AAPL @ 187.2512345", "off_tick", 5),
    ("buy 100 AAPL @ 9999", "too_large", 5),
    ("buy 10 AAPL @ 1900", "price_collar", 5),
    ("flatten NOSUCH", "no_order", 5),
    ("close TSLA", "no_position", 5),
    ("cancel zzzzzzzz", "no_order", 5),
    ("start no_such_strategy", "unknown_strategy", 9),
    ("start sma_cross fsat=5", "bad_parameter", 2),
]


@pytest.mark.parametrize(("text", "code", "exit_code"), BAD)
def test_bad_input_is_one_sentence_and_sends_nothing(demo: Trader, text: str, code: str, exit_code: int) -> None:
    status = demo.status()
    before = {order["ref"] for order in status["orders"]}
    front = next(quote["symbol"] for quote in status["quotes"] if quote["symbol"].startswith("ES"))
    done = demo.do(text.replace("FRONT", front))
    assert (done.error, done.code) == (code, exit_code), done.out
    assert done.json["error"]["message"].endswith((".", "?"))
    assert {order["ref"] for order in demo.status()["orders"]} == before


def test_halt_blocks_what_adds_risk_and_lets_you_out(demo: Trader) -> None:
    assert demo.do("buy 10 AMZN market").code == 0
    demo.until(lambda status: quantity(status, "AMZN") > 0)
    assert demo.do("halt").code == 0
    try:
        assert demo.status()["state"] == "halted"
        assert demo.do("buy 10 AMZN market").error == "halted"
        assert demo.do("close AMZN").code == 0
        demo.until(lambda status: quantity(status, "AMZN") == 0)
    finally:
        assert demo.do("resume").code == 0
    assert demo.status()["state"] == "active"
