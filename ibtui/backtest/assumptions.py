"""What a run takes for granted of its account, a clause each: what binds money, and what carrying positions costs."""

from __future__ import annotations

from collections.abc import Iterable

from ibtui.backtest.settings import Settings
from ibtui.domain.instrument import Instrument


def assumptions(settings: Settings, instruments: Iterable[Instrument]) -> tuple[str, ...]:
    """The clauses for a report, of the instruments of the run."""
    return _margin(settings, list(instruments)), _borrow(settings), _interest(settings)


def _margin(settings: Settings, instruments: list[Instrument]) -> str:
    rule = settings.margin
    if rule.kind == "none":
        return (
            f"no margin, and no end of the account: entries up to {settings.leverage:g} times equity, losses unlimited"
        )
    own = [f"{root} {figures.words}" for root, figures in rule.own.items()]
    unbound = [one.symbol for one in instruments if one.sec_type == "FUT" and rule.own_of(one) is None]
    words = "a cash account: no shorts, no loans" if rule.kind == "cash" else _stocks(settings)
    if own:
        words += f"; {', '.join(own)} by your figures"
    if unbound:
        words += f"; {', '.join(unbound)} bind nothing until equity is gone (--margin ROOT=INITIAL/MAINTENANCE)"
    return f"{words}; looked at at every close"


def _stocks(settings: Settings) -> str:
    if settings.leverage == 2.0:
        return "margin as Regulation T has it: stocks 50 % to open, 25 % to keep, 30 % short"
    keeps = min(1.0, 2 / settings.leverage)
    return (
        f"margin after Regulation T at {settings.leverage:g} times equity: stocks {100 / settings.leverage:.4g} % to "
        f"open, {25 * keeps:.4g} % to keep, {30 * keeps:.4g} % short"
    )


def _borrow(settings: Settings) -> str:
    if not settings.borrow_fee:
        return "no fee for borrowed shares"
    return f"borrowed shares {settings.borrow_fee * 100:.4g} % a year"


def _interest(settings: Settings) -> str:
    paid = f"{settings.interest * 100:.4g} % interest on loans" if settings.interest else "no interest on loans"
    return f"{paid}, {settings.credit_interest * 100:.4g} % on cash" if settings.credit_interest else paid
