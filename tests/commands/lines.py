"""One line of each command, by its first word."""

from __future__ import annotations

LINES = {
    "buy": "buy 1 AAPL market",
    "sell": "sell 1 AAPL market",
    "close": "close AAPL",
    "flatten": "flatten all",
    "cancel": "cancel all",
    "settle": "settle abcd gone from TWS",
    "accept": "accept AAPL",
    "adjust": "adjust sma_cross AAPL 40 @ 187.25",
    "start": "start sma_cross",
    "stop": "stop all",
    "pause": "pause sma_cross",
    "forget": "forget guard.AAPL",
    "set": "set sma_cross fast=5",
    "since": "since",
    "halt": "halt",
    "resume": "resume",
    "watch": "watch AAPL",
    "unwatch": "unwatch AAPL",
    "approve": "approve dip",
    "alert": "alert AAPL above 190",
    "alerts": "alerts",
    "unalert": "unalert all",
}
