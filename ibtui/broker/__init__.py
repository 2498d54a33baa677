"""The session with Interactive Brokers: callbacks become events, requests become answers, orders go out.

The only package that imports the client library, and it does so when a connection is first opened.
"""

from __future__ import annotations

from ibtui.broker.session import Session
from ibtui.broker.transport.timings import Timings

__all__ = ["Session", "Timings"]
