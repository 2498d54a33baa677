"""What a command prints: one JSON object for programs, aligned text for people, errors to the right place."""

from __future__ import annotations

import codecs
import io
import os
import sys
from decimal import Decimal
from typing import Any

import click
import msgspec

from ibtui.domain.failure import IbtuiError
from ibtui.domain.terms import flat
from ibtui.domain.text.sanitize import ascii_form

_encoder = msgspec.json.Encoder(decimal_format="number")


class _Output(io.FileIO):
    """Standard output whose reader may leave, as `head` does: what comes after that is dropped, and no failure."""

    left = False

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            _Output.left = True
            give_up_output()
            return len(data)


def open_output() -> None:
    """From now on printing never fails for a reader that left or a character that the locale has not.

    What the locale's encoding lacks is printed in ASCII.
    """
    codecs.register_error("ibtui", _in_ascii)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="ibtui")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()
        raw = io.BufferedWriter(_Output(sys.stdout.fileno(), "wb", closefd=False))
        encoding, lines = sys.stdout.encoding, sys.stdout.line_buffering
        sys.stdout = io.TextIOWrapper(raw, encoding, "ibtui", line_buffering=lines)


def reader_left() -> bool:
    """Nobody reads standard output any more: a command that prints until it is stopped can end."""
    return _Output.left


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return ascii_form(error.object[error.start : error.end]), error.end


def wants_json(arguments: list[str]) -> bool:
    """Whether the command line asks for JSON, known even when the rest of it is wrong."""
    return "--json" in arguments


def print_json(value: Any) -> None:
    """One JSON object on standard output, alone, orders in the flat form; Struct tags of the link are left out."""
    data = flat(msgspec.to_builtins(value, builtin_types=(Decimal,)))
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
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
