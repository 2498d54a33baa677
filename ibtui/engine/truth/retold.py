"""What the log of a new engine begins with: the day's orders, fills and causes as the journal has them."""

from __future__ import annotations

from datetime import datetime

from ibtui.engine.journal.journal import Recovered
from ibtui.engine.wording import fill_words, order_line
from ibtui.link.messages import LogKind

LINES = 500
"""The newest that are told again."""

Told = tuple[datetime, LogKind, str]


def retold(recovered: Recovered, since: datetime) -> list[Told]:
    """Lines of the log from then on, oldest first: how each order last stood, each fill, and each cause."""
    orders = ((order.changed or order.created, *order_line(order, None)) for order in recovered.orders)
    fills: list[Told] = [(fill.time, "FILL", fill_words(fill, None)) for fill in recovered.fills]
    fills += [(cause.time, "EVENT", cause.sentence) for cause in recovered.causes]
    told: list[Told] = [*((time, kind, text) for time, kind, text in orders if time is not None), *fills]
    return sorted((line for line in told if line[0] >= since), key=lambda line: line[0])[-LINES:]
