"""What an account holds, by the names of options."""

from __future__ import annotations

from decimal import Decimal

from ibtui.gateway.server import Gateway


def held(gateway: Gateway) -> dict[str, Decimal]:
    """What the exchange says the account holds, by local symbol without blanks."""
    exchange = gateway.backend.exchange
    positions = exchange.account("DU1234567").positions
    names = {number: gateway.backend.instrument(number).local_symbol.replace(" ", "") for number in positions}
    return {names[number]: position.quantity for number, position in positions.items() if position.quantity}
