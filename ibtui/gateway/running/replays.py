"""What drives a gateway's markets instead of its seed: files of bars or ticks, and recordings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ibtui.exchange.replay import Replay
from ibtui.recording.replay import read_series


def read_replay(paths: Iterable[Path]) -> Replay:
    """Files of bars or ticks, and folders with the ticks that `ibtui record` wrote; see `read_series`.

    Raises IbtuiError: `replay_file`, `replay_parquet` or `replay_empty` for files; `no_file` or `bad_data` for a folder
    that holds no recording.
    """
    return Replay(read_series(*paths))
