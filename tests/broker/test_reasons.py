"""An old reason does not stay beside good news."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from ibtui.broker.orders.reasons import OUTLIVED, Why
from ibtui.domain.order import OrderStatus
from tests.broker.order_desk import REF, Desk

Step = Callable[[Desk], None]


def test_every_reason_is_decided() -> None:
    assert set(OUTLIVED) == set(Why)


def held(desk: Desk) -> None:
    warning = "Warning: your order will not be placed at the exchange until 2026-11-24 09:30:00 US/Eastern"
    desk.described("PreSubmitted")
    desk.orders.complain(7, 399, f"Order Message: {warning}")


def locating(desk: Desk) -> None:
    desk.orders.report(7, "PreSubmitted", 0, 100, 0.0, 900, 0, 0.0, 5, "locate")


def hard_to_borrow(desk: Desk) -> None:
    desk.described("PreSubmitted")
    desk.orders.complain(7, 404, "Order held while securities are located.")


def noted(desk: Desk) -> None:
    desk.orders.complain(7, 10349, "Order TIF was set to DAY based on order preset.")


def refused(desk: Desk) -> None:
    desk.ask(limit_price=Decimal(151))
    desk.orders.complain(7, 201, "Order rejected - reason: no")


def unconfirmed(desk: Desk) -> None:
    desk.ask(limit_price=Decimal(151))
    record = desk.orders.book.find(REF)
    assert record is not None
    assert record.asked is not None
    desk.orders._unconfirmed(record, record.asked)


def unlisted(desk: Desk) -> None:
    desk.orders.open_answer.clear()
    desk.clock.advance(10)
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(0))


def questioned(desk: Desk) -> None:
    desk.orders.complain(7, 10148, "can not be cancelled")


def doubted(desk: Desk) -> None:
    desk.reported("Submitted", 202)


def submitted(desk: Desk) -> None:
    desk.described()
    desk.reported("Submitted")


def partly(desk: Desk) -> None:
    desk.executed("a.b.01", 40, 40)


def partly_again(desk: Desk) -> None:
    desk.executed("c.d.01", 20, 60)


def filled(desk: Desk) -> None:
    desk.executed("e.f.01", 100, 100)


def cancelled(desk: Desk) -> None:
    desk.reported("Cancelled")


def changed(desk: Desk) -> None:
    desk.described(lmtPrice=152.0)


def asked(desk: Desk) -> None:
    desk.ask(limit_price=Decimal(153))


def whole(desk: Desk) -> None:
    desk.described()
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(0))


TABLE: list[tuple[Step, tuple[Step, ...]]] = [
    (held, (submitted, partly, filled, cancelled)),
    (locating, (submitted, partly, filled, cancelled)),
    (hard_to_borrow, (submitted, partly, filled, cancelled)),
    (noted, (partly, filled, cancelled)),
    (refused, (partly, filled, cancelled, changed, asked)),
    (unconfirmed, (partly, filled, cancelled, changed, asked, whole)),
    (unlisted, (submitted, partly, filled, cancelled)),
    (questioned, (submitted, partly, filled, cancelled)),
    (doubted, (submitted, cancelled)),
]
ALL = (submitted, partly, filled, cancelled, changed, asked, whole)


@pytest.mark.parametrize(("reason", "news"), [(reason, news) for reason, over in TABLE for news in over])
async def test_a_reason_goes_with_the_news_that_makes_it_untrue(reason: Step, news: Step) -> None:
    desk = Desk()
    desk.sent()
    desk.described("PreSubmitted")
    reason(desk)
    assert desk.order().reason
    news(desk)
    assert desk.order().reason == ""


@pytest.mark.parametrize(
    ("reason", "news"),
    [
        (held, changed),
        (noted, submitted),
        (noted, whole),
        (refused, whole),
        (unconfirmed, submitted),
        (doubted, partly),
    ],
)
async def test_a_reason_that_is_still_so_stays(reason: Step, news: Step) -> None:
    desk = Desk()
    desk.sent()
    desk.described("PreSubmitted")
    reason(desk)
    told = desk.order().reason
    if news is changed:
        desk.described("PreSubmitted", lmtPrice=152.0)
    else:
        news(desk)
    assert desk.order().reason == told


async def test_a_refused_change_of_a_partly_filled_order_goes_with_the_next_fill() -> None:
    desk = Desk()
    desk.sent()
    desk.described()
    partly(desk)
    refused(desk)
    assert "no" in desk.order().reason
    partly_again(desk)
    assert (desk.order().reason, desk.stands()) == ("", (OrderStatus.PARTLY_FILLED, 60))


def test_what_ib_said_of_a_new_order_is_why_it_ended() -> None:
    desk = Desk()
    desk.sent()
    desk.orders.complain(7, 77777, "Not today")
    desk.reported("Cancelled")
    assert desk.order().status is OrderStatus.CANCELLED
    assert "Not today" in desk.order().reason
