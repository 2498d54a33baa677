"""Who makes the pictures without their extra is told which it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_without_the_extra_the_pictures_name_it() -> None:
    without = "import runpy, sys; sys.modules['PIL'] = sys.modules['fontpkg_jetbrains_mono'] = None; "
    run = subprocess.run(
        [sys.executable, "-c", without + "runpy.run_module('tests.pictures', run_name='__main__')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == "fontpkg_jetbrains_mono is missing: pictures need `pip install -e '.[test,pictures]'`.\n"
