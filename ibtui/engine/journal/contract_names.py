"""Names of contracts that carry their id, because their own name fits another contract too."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ibtui.domain.instrument import Instrument
from ibtui.engine.journal.journal import Journal

_KEY = "contract_names"


class ContractNames:
    """By contract id, kept in the journal: what an order or a list calls a contract stays its name after a restart."""

    def __init__(self, journal: Journal, seen: list[Callable[[Instrument], None]]) -> None:
        """`seen` are called with every instrument that is met; the names join them."""
        self._journal = journal
        kept = journal.latch(_KEY)
        self._names = msgspec.json.decode(kept, type=dict[int, str]) if kept else {}
        seen.append(self._seen)

    def of(self, con_id: int) -> str | None:
        """The kept name of a contract; None where its own is enough."""
        return self._names.get(con_id)

    def _seen(self, instrument: Instrument) -> None:
        """Keep the name of an instrument that was met, if it carries its id."""
        con_id = instrument.con_id
        if instrument.symbol.endswith(f".{con_id}") and self._names.get(con_id) != instrument.symbol:
            self._names[con_id] = instrument.symbol
            self._journal.set_latch(_KEY, msgspec.json.encode(self._names).decode())
