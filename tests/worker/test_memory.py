"""What a strategy's process may take of the machine's memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ibtui.worker.memory import LEAST, MOST, allowance, machine

BYTES = st.integers(0, 2**42)


@given(BYTES, BYTES, BYTES)
def test_it_is_never_more_than_free_and_never_less_than_python_needs(asked: int, physical: int, free: int) -> None:
    allowed = allowance(asked, physical, free)
    assert LEAST <= allowed <= max(free, LEAST)
    assert allowed <= max(asked or min(MOST, physical / 4), LEAST)


def test_a_machine_has_memory_and_some_of_it_is_free() -> None:
    physical, free = machine()
    assert 0 < free <= physical
