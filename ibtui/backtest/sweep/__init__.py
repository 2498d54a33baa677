"""Many runs of one strategy with different parameters: which are better, and how much of that is luck."""

from ibtui.backtest.sweep.axes import Axis, split
from ibtui.backtest.sweep.metrics import Metric, metric
from ibtui.backtest.sweep.run import sweep
from ibtui.backtest.sweep.trial import SweepTask, TrialOutcome

__all__ = ["Axis", "Metric", "SweepTask", "TrialOutcome", "metric", "split", "sweep"]
