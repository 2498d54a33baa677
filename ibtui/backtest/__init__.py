"""The same strategies over past data: simulated fills on bars, statistics, reports."""

from ibtui.backtest.result import Result
from ibtui.backtest.run import run
from ibtui.backtest.settings import Settings

__all__ = ["Result", "Settings", "run"]
