"""What the gateway refuses, in IB's numbers and words; a handler raises one and it goes out as an error message."""

from __future__ import annotations

from ibtui.exchange.refusal import Refused


def validation(cause: str) -> Refused:
    return Refused(321, f"Error validating request.-'bN' : cause - {cause}")


def processing(cause: str) -> Refused:
    return Refused(322, f"Error processing request.-'bN' : cause - {cause}")


def unreadable(name: str, reason: str) -> Refused:
    return Refused(320, f"Error reading request. Unable to read {name}: {reason}")


def unsupported(name: str) -> Refused:
    return validation(f"{name} is not supported by the ibtui gateway")


def read_only() -> Refused:
    return validation("The API interface is currently in Read-Only mode.")


def no_definition() -> Refused:
    return Refused(200, "No security definition has been found for the request")


def ambiguous() -> Refused:
    return Refused(200, "The contract description specified is ambiguous; you must specify the multiplier or currency.")


def duplicate_order() -> Refused:
    return Refused(103, "Duplicate order id")


def filled_order() -> Refused:
    return Refused(104, "Cannot modify a filled order.")


def missing_parent() -> Refused:
    return Refused(10006, "Missing parent order.")


def unknown_order(order_id: int) -> Refused:
    return Refused(10147, f"OrderId {order_id} that needs to be cancelled is not found.")


def not_cancellable(order_id: int, state: str) -> Refused:
    return Refused(10148, f"OrderId {order_id} that needs to be cancelled can not be cancelled, state: {state}.")


def client_id_in_use() -> Refused:
    return Refused(326, "Unable to connect as the client id is already in use. Retry with a unique client id.")


def unknown_ticker(request: int) -> Refused:
    return Refused(300, f"Can't find EId with tickerId:{request}")


def too_many_tickers() -> Refused:
    return Refused(101, "Max number of tickers has been reached")


def unknown_history(request: int) -> Refused:
    return Refused(366, f"No historical data query found for ticker id:{request}")


def history(cause: str) -> Refused:
    return Refused(162, f"Historical Market Data Service error message:{cause}")
