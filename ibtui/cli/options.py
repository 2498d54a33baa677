"""Options that several commands share."""

from __future__ import annotations

import click

PROFILE = click.option(
    "--profile", default="paper", metavar="NAME", help="Profile of the configuration.  [default: paper]"
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
