"""How the children of a suite begin that was itself started in the background or below nohup."""

from __future__ import annotations

import subprocess
import sys

_CHILD = "import signal; print(*(signal.getsignal(n) is signal.SIG_IGN for n in (1, 2, 3)))"
_SUITE = f"""
import os, signal, subprocess, sys
import tests.conftest
for number in (1, 2, 3):
    os.kill(os.getpid(), number)
print(subprocess.run([sys.executable, "-c", {_CHILD!r}], capture_output=True, text=True).stdout.strip())
"""


def test_a_suite_that_ignores_signals_hands_them_on_as_at_a_desk() -> None:
    words = ["sh", "-c", 'trap "" HUP INT QUIT; exec "$0" -c "$1"', sys.executable, _SUITE]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"] * 3
