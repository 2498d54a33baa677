"""From the start of `ibtui gateway` to its `ready`, beside the time that ib_insync takes to be imported.

python -m tests.benchmarks.gateway_start [RUNS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 5


def to_ready() -> float:
    """Seconds to the first line of a gateway."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "ibtui", "gateway", "--port", "0", "--tied"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        took = time.perf_counter() - began
        process.stdin.close()
    assert line.startswith("ready "), line
    return took


def to_import() -> float:
    """Seconds that a Python takes which imports ib_insync and ends."""
    began = time.perf_counter()
    with_a_loop = "import asyncio; asyncio.set_event_loop(asyncio.new_event_loop()); import ib_insync"
    subprocess.run([sys.executable, "-c", with_a_loop], check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the medians and their ratio."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    pairs = [(to_ready(), to_import()) for _ in range(runs)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    worst = max(pair[0] for pair in pairs)
    print(f"gateway ready after {ours:.3f} s (worst of {runs}: {worst:.3f} s)")  # noqa: T201
    print(f"import ib_insync    {theirs:.3f} s   gateway / ib_insync {ours / theirs:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
