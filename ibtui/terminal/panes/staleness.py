"""Whether what the screen shows is the present, and in which zone its times are."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ibtui.link.messages import hindering
from ibtui.terminal.model import Model
from ibtui.terminal.panes.header import Lost


def zone(model: Model) -> tzinfo:
    """The session's zone; UTC where this machine does not know it."""
    try:
        return ZoneInfo(model.session.timezone) if model.session else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def last_known(model: Model, lost: Lost | None, before: datetime | None) -> datetime | None:
    """Since when the screen is not the present; None while it is, or while nothing was ever known."""
    if lost is not None:
        return before or lost.since
    session = model.session
    if session is None or not any(hindrance.last_known for hindrance in hindering(session)):
        return None
    if not (model.quotes or model.positions):
        return None
    return before or session.since
