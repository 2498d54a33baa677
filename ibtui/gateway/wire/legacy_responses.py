"""Field tables of what the gateway sends at server version 69: today's tables, less what came after.

Derived rather than written out, so that what is said of a field today is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ibtui.gateway.wire.fields import Each, Field, Fixed, Item, Layout, SinceVersion, When, up_to
from ibtui.gateway.wire.values import FieldKind

_NEVER = frozenset((81, 84, 100, 106, 107))
"""Messages that end an old client's reader: it takes an id it does not know for the end of the stream."""

Change = Callable[[Item], Sequence[Item]]


def table(layout: Layout) -> Layout | None:
    """The table of then for a message of today; None for one that those clients cannot read."""
    if layout.id in _NEVER:
        return None
    known = _TABLES.get(layout.id)
    if known is None:
        known = _TABLES[layout.id] = _CHANGED.get(layout.id, _whole)(layout)
    return known


def _rewritten(items: Sequence[Item], change: Change) -> tuple[Item, ...]:
    """Every item replaced by what `change` makes of it, those within blocks and lists too."""
    out: list[Item] = []
    for item in items:
        if isinstance(item, When | Each | SinceVersion):
            item = item._replace(items=_rewritten(item.items, change))
        out.extend(change(item))
    return tuple(out)


def _without(*names: str) -> Change:
    return lambda item: () if getattr(item, "name", None) in names else (item,)


def _integral(item: Item) -> Sequence[Item]:
    """Sizes were integers then, and are read as such."""
    if isinstance(item, Field) and item.kind is FieldKind.DECIMAL and item.name in _SIZES:
        return (item._replace(kind=FieldKind.SIZE),)
    return (item,)


_SIZES = frozenset(
    ("totalQuantity", "filled", "remaining", "position", "shares", "cumQty", "pos", "filledQuantity", "minSize")
)


def _whole(layout: Layout) -> Layout:
    return layout._replace(items=_rewritten(layout.items, _integral))


def _old(version: str, *without: str, last: str = "") -> Callable[[Layout], Layout]:
    """A message that had its own version number in front, ended with the field `last`, and had not these others."""

    def changed(layout: Layout) -> Layout:
        items = up_to(layout.items, last) if last else layout.items
        own = [item for item in items[:1] if isinstance(item, Fixed)]
        kept = _rewritten(_rewritten(items[len(own) :], _without(*without)), _integral)
        return layout._replace(items=(Fixed(version), *kept))

    return changed


def _bars(layout: Layout) -> Layout:
    """A bar told whether it had gaps; none has."""

    def with_gaps(item: Item) -> Sequence[Item]:
        return (Fixed("false"), item) if getattr(item, "name", "") == "barCount" else (item,)

    return _old("3")(layout._replace(items=_rewritten(layout.items, with_gaps)))


_MARGINS = [
    f"{kind}{when}" for kind in ("initMargin", "maintMargin", "equityWithLoan") for when in ("Before", "Change")
]

_CHANGED: dict[int, Callable[[Layout], Layout]] = {
    3: _old("6", "mktCapPrice"),
    5: _old("32", "modelCode", "solicited", *_MARGINS, last="warningText"),
    10: _old("8", "mdSizeMultiplier", last="secIdList"),
    11: _old("10", "modelCode", "lastLiquidity", "pendingPriceRevision"),
    13: _old("1", "isSmartDepth"),
    17: _bars,
    18: _old("6", "mdSizeMultiplier", last="secIdList"),
    21: _old("6", "tickAttrib"),
}
_TABLES: dict[int, Layout] = {}
