"""The ceilings that the gate measures against."""

from __future__ import annotations

from typing import Protocol


class Limits(Protocol):
    """What a profile allows; `ibtui.config.Limits` documents each."""

    @property
    def order_quantity(self) -> float: ...
    @property
    def order_value(self) -> float: ...
    @property
    def collar_percent(self) -> float: ...
    @property
    def quote_age(self) -> float: ...
    @property
    def duplicate_seconds(self) -> float: ...
    @property
    def open_orders(self) -> int: ...
