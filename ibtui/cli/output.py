"""What a command prints: one JSON object for programs, aligned text for people, errors to the right place."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from typing import Any

import click
import msgspec

from ibtui.domain.failure import IbtuiError

_encoder = msgspec.json.Encoder(decimal_format="number")


def wants_json(arguments: list[str]) -> bool:
    """Whether the command line asks for JSON, known even when the rest of it is wrong."""
    return "--json" in arguments


def print_json(value: Any) -> None:
    """One JSON object on standard output, alone; Struct tags of the link are left out."""
    data = msgspec.to_builtins(value, builtin_types=(Decimal,)) if isinstance(value, msgspec.Struct) else value
    if isinstance(data, dict):
        data.pop("answer", None)
    sys.stdout.buffer.write(_encoder.encode(data) + b"\n")
    sys.stdout.buffer.flush()


def print_error(error: IbtuiError, as_json: bool) -> None:
    """The error as `{"error": {"code", "message"}}` on standard output, or as one sentence on standard error.

    On standard error, too, where standard output takes nothing.
    """
    try:
        sys.stdout.flush()
        if as_json:
            print_json({"error": {"code": error.code, "message": error.message}})
            return
    except OSError:
        give_up_output()
    click.echo(f"ibtui: {error.message}", err=True)


def give_up_output() -> None:
    """Nothing more is printed: an output that takes nothing would fail once more when the program ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
