"""The command line: arguments become one call each."""

from __future__ import annotations


def main() -> None:
    """The console script's entry."""
    from ibtui.cli.main import run

    run()
