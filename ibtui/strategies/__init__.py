"""What the author of a strategy imports: `from ibtui.strategies import Bar, Strategy, param`."""

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.hours import TradingSession
from ibtui.domain.fill import Fill
from ibtui.domain.options.chain import Chain, ChainOption
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param

__all__ = ["Bar", "Chain", "ChainOption", "Fill", "Quote", "Signal", "Strategy", "TradingSession", "param"]
