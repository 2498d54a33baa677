"""Loads the client library, ib_insync or ib_async, so that it works on whatever loop is running."""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import sys
from typing import Any

from msgspec import Struct

NAMES = ("ib_insync", "ib_async")
"""Tried in this order. Never both in one environment: each brings its own package named eventkit."""


class Library(Struct, frozen=True):
    """What the broker uses of the client library: the wire client and the records it writes."""

    name: str
    client: Any
    contract: Any
    combo_leg: Any
    order: Any
    tag_value: Any
    condition: Any
    execution_filter: Any


@functools.cache
def load() -> Library:
    """The library that is installed; raises ModuleNotFoundError when neither is."""
    name = _import()
    logging.getLogger(f"{name}.client").setLevel(logging.CRITICAL)  # the session tells of failures itself
    _use_running_loop(name)
    root = importlib.import_module(name)
    client = importlib.import_module(f"{name}.client")
    return Library(
        name=name,
        client=client.Client,
        contract=root.Contract,
        combo_leg=root.ComboLeg,
        order=root.Order,
        tag_value=root.TagValue,
        condition=root.OrderCondition,
        execution_filter=root.ExecutionFilter,
    )


def _import() -> str:
    """Import the first library that exists, with a current loop in place: eventkit asks for one at import."""
    temporary = None
    try:
        asyncio.set_event_loop(asyncio.get_running_loop())
    except RuntimeError:
        if sys.version_info >= (3, 12):
            temporary = asyncio.new_event_loop()
            asyncio.set_event_loop(temporary)
    try:
        return _first_installed()
    finally:
        if temporary is not None:
            asyncio.set_event_loop(None)
            temporary.close()


def _first_installed() -> str:
    for name in NAMES:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
        else:
            return name
    raise ModuleNotFoundError(f"none of {', '.join(NAMES)} is installed")


def _use_running_loop(name: str) -> None:
    """Replace the library's "current loop of the policy", which need not be the loop that runs."""
    for module in ("util", "client", "connection", "wrapper"):
        _replace(importlib.import_module(f"{name}.{module}"), "getLoop")
    for module in ("eventkit.event", "eventkit.util"):
        _replace(importlib.import_module(module), "get_event_loop")


def _replace(module: Any, attribute: str) -> None:
    if hasattr(module, attribute):
        setattr(module, attribute, asyncio.get_running_loop)
