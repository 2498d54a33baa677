"""The repository tests of ib_insync and ib_async, run against the gateway from checkouts of theirs.

    python -m tests.clients.suites ib_insync=PATH ib_async=PATH

PATH is a checkout of github.com/erdewit/ib_insync or github.com/ib-api-reloaded/ib_async; only its `tests` are used, in
a copy, with the released package from PyPI in an environment of its own. Both expect a gateway on port 7497 and
ib_async's one on port 4001 too, so nothing else may listen there. ib_async's `test_request_error_raised` is left out:
it waits for an error that its own library takes for a warning, so it ends against no server.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clients.environments import python_environment
from tests.gateways import running_gateway

PORTS = (7497, 4001)
_PYTEST = ("pytest<9", "pytest-asyncio==0.21.2")
_SUITES = {
    "ib_insync": (("ib_insync==0.9.86", *_PYTEST), ()),
    "ib_async": (("ib_async==2.1.0", "pandas", *_PYTEST), ("-k", "not request_error")),
}
"""What each suite installs, and what it leaves out."""
_MOST_SECONDS = 120


def run(name: str, checkout: Path) -> int:
    """Run one suite in a copy; pytest's exit code."""
    packages, left_out = _SUITES[name]
    python = python_environment(*packages)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(checkout / "tests", Path(folder, "tests"))
        command = [python, "-m", "pytest", "--asyncio-mode=auto", "-q", "tests", *left_out]
        return subprocess.run(command, cwd=folder, timeout=_MOST_SECONDS, check=False).returncode


async def run_all(checkouts: dict[str, Path]) -> int:
    """Run suites one after the other, each on gateways of its own; the worst exit code."""
    worst = 0
    for name, checkout in checkouts.items():
        async with running_gateway(port=PORTS[0]), running_gateway(port=PORTS[1]):
            worst = max(worst, await asyncio.to_thread(run, name, checkout))
    return worst


def main() -> None:
    checkouts = {name: Path(path) for name, _, path in (word.partition("=") for word in sys.argv[1:])}
    if not checkouts or not checkouts.keys() <= _SUITES.keys():
        sys.exit(f"usage: python -m tests.clients.suites {' '.join(f'{name}=PATH' for name in _SUITES)}")
    sys.exit(asyncio.run(run_all(checkouts)))


if __name__ == "__main__":
    main()
