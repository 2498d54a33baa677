"""Other programs' clients: a test that needs an environment gets it, or is skipped with the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.clients.environments import UnavailableError, node_environment, python_environment

T = TypeVar("T")


def _or_skip(make: Callable[..., T], *packages: str) -> T:
    try:
        return make(*packages)
    except UnavailableError as error:
        pytest.skip(f"{packages[0]} cannot be installed here: {error}")


@pytest.fixture(scope="session")
def ib_async() -> str:
    """The interpreter of an environment with ib_async, which cannot share one with ib_insync."""
    return _or_skip(python_environment, "ib_async==2.1.0")


@pytest.fixture(scope="session")
def newest_ibapi() -> str:
    """The interpreter of an environment with the newest official client on PyPI."""
    return _or_skip(python_environment, "ibapi-latest==10.51.1")


@pytest.fixture(scope="session")
def ibpy() -> str:
    """The interpreter of an environment with IBPy, in the fork that Python 3 imports."""
    return _or_skip(python_environment, "ibpy-lucidinvestor==1.0.3")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """A folder with the two clients for Node."""
    return _or_skip(node_environment, "@stoqey/ib@1.6.10", "ib@0.2.9")
