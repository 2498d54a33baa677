"""What the gateway refuses, in IB's numbers and words; a handler raises one and it goes out as an error message."""

from __future__ import annotations

from ibtui.exchange.listed.instruments import Listing
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


def order_id_too_high(order_id: int) -> Refused:
    return Refused(320, f'Error reading request. Unable to parse data. For input string: "{order_id}"')


def filled_order() -> Refused:
    return Refused(104, "Cannot modify a filled order.")


def locked_group() -> Refused:
    return Refused(10326, "OCA group revision is not allowed")


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


def real_time(cause: str) -> Refused:
    return Refused(420, f"Invalid Real-time Query:{cause}")


def historical_ticks(cause: str) -> Refused:
    return Refused(10187, f"Failed to request historical ticks:{cause}")


def histogram(cause: str) -> Refused:
    return Refused(10188, f"Failed to request histogram data:{cause}")


def tick_by_tick(cause: str) -> Refused:
    return Refused(10189, f"Failed to request tick-by-tick data.{cause}")


def too_many_tick_by_tick() -> Refused:
    return Refused(10190, "Max number of tick-by-tick requests has been reached.")


def too_many_depths(most: int) -> Refused:
    return Refused(309, f"Max number ({most}) of market depth requests has been reached.")


def unknown_depth(request: int) -> Refused:
    return Refused(310, f"Can't find the subscribed market depth with tickerId:{request}")


def depth_reset() -> Refused:
    return Refused(
        317, "Market depth data has been RESET. Please empty deep book contents before applying any new entries."
    )


def no_depth() -> Refused:
    return Refused(10092, "Deep market data is not supported for this combination of security type/exchange")


def unknown_scanner(request: int) -> Refused:
    return Refused(365, f"No scanner subscription found for ticker id:{request}")


def not_advisor() -> Refused:
    return validation("FA data operations ignored for non FA customers.")


def no_fundamentals() -> Refused:
    return Refused(10358, "Fundamentals data is not allowed.")


def no_news_feed() -> Refused:
    return Refused(10276, "News feed is not allowed.")


def not_subscribed(place: str, *, delayed: bool) -> Refused:
    """No live data; whether the client may have it delayed instead is in the text, as from IB."""
    available = "available" if delayed else "not available"
    return Refused(
        354,
        "Requested market data is not subscribed. Check API status by selecting the Account menu then under Management "
        "choose Market Data Subscription Manager and/or availability of delayed data."
        f"Delayed market data is {available}.{place}",
    )


def partly_subscribed(place: str) -> Refused:
    return Refused(
        10090,
        "Part of requested market data is not subscribed. Subscription-independent ticks are still active."
        f"Delayed market data is not available.{place}",
    )


def needs_subscription(place: str) -> Refused:
    return Refused(
        10089,
        "Requested market data requires additional subscription for API. "
        f"See link in 'Market Data Connections' dialog for more details.{place}",
    )


def showing_delayed() -> Refused:
    return Refused(10167, "Requested market data is not subscribed. Displaying delayed market data.")


def no_permission(listing: Listing) -> str:
    """The cause that other refusals end with where an account may not see an instrument's data."""
    instrument = listing.instrument
    return f"No market data permissions for {instrument.primary_exchange or instrument.exchange} {instrument.sec_type}"


def no_items() -> Refused:
    return Refused(165, "Historical Market Data Service query message:no items retrieved")
