"""What the author of a strategy imports: `from ibtui.strategies import Strategy, param`."""

from ibtui.strategies.base import Strategy
from ibtui.strategies.parameters import param

__all__ = ["Strategy", "param"]
