"""What drives a gateway's markets instead of its seed: files of bars or ticks, and recordings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ibtui.domain.reference.reference import Reference
from ibtui.exchange.replay import Replay
from ibtui.recording.replay import read_series


def read_replay(paths: Iterable[Path], lines: Mapping[str, str] | None = None) -> Replay:
    """Files of bars or ticks, and folders with the ticks that `ibtui record` wrote; see `read_series`.

    `lines` say what symbols are, by symbol or root; see `ibtui.domain.reference.line`.

    Raises IbtuiError: `replay_file`, `replay_parquet` or `replay_empty` for files; `no_file` or `bad_data` for a folder
    that holds no recording.
    """
    return Replay(read_series(*paths), Reference(given=lines or {}))
