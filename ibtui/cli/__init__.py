"""The command line: arguments become one call each."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the console script enters here."""
    from ibtui.cli.main import run

    run()
