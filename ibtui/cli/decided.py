"""Where `--log` writes the decisions of a run: a file, or standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.backtest.decisions import DecisionRecord


class DecisionFile:
    """Opened before a run that takes its time; raises IbtuiError `no_file` where it cannot be written."""

    def __init__(self, where: str) -> None:
        """`where` is a path, or `-` for standard output."""
        self._where = where
        self.shown = where == "-"
        """Whether it goes to where the report goes."""
        try:
            self._out: BinaryIO = sys.stdout.buffer if self.shown else Path(where).expanduser().open("wb")
        except OSError as error:
            raise self._unwritten(error) from None

    def write(self, log: Iterable[DecisionRecord], *, as_json: bool) -> None:
        """All of it, one record a line, JSON or text."""
        from ibtui.backtest.decision_lines import write_lines

        try:
            write_lines(log, self._out, as_json=as_json)
            if self.shown:
                self._out.flush()
            else:
                self._out.close()
        except OSError as error:
            raise self._unwritten(error) from None

    def _unwritten(self, error: OSError) -> IbtuiError:
        return IbtuiError("no_file", f"The decision log cannot be written to {self._where}: {error.strerror}.")
