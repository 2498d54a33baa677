"""At which prices the legs of a combo trade together."""

from __future__ import annotations

from collections.abc import Mapping

from ibtui.domain.combo import combo_legs, weights
from ibtui.domain.instrument import Instrument
from ibtui.strategies.paper.working import Working


def combo_prices(
    order: Working, known: Mapping[str, Instrument], prices: Mapping[str, float], *, at_limit: bool
) -> dict[str, float]:
    """The legs' prices when the combo trades at these markets, empty when its limit does not allow it.

    `at_limit` says that the market came by its limit on the way: it traded there and not better, and the leg that
    weighs most is moved to make it so.
    """
    found = dict(prices)
    if order.kind == "MKT":
        return found
    shares = weights(combo_legs(order.legs), known)
    total = sum(weight * found[symbol] for symbol, weight in shares.items())
    if (total - order.price) * order.sign > 1e-9:
        return {}
    if at_limit:
        heaviest = max(shares, key=lambda symbol: abs(shares[symbol]))
        found[heaviest] = max(found[heaviest] + (order.price - total) / shares[heaviest], 0.0)
    return found
