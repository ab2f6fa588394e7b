"""A shop whose day is over, and whose bill is compared with its books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import requests
from sqlalchemy import text

from mall.kernel.db import db
from mall.payments.reconciliation.running import reconcile
from tests.support.http import Http
from tests.support.payments import Shop

ADMIN = "/admin/api/v1/reconciliations"


@dataclass
class Books:
    """A shop whose trade is yesterday's, and the member of staff who compares the books."""

    shop: Shop
    day: date
    staff: Http

    def yesterday(self) -> None:
        """From now on it is yesterday at WeChat."""
        self.shop.control("/settings", clock_offset_s=-86400)

    def today(self) -> None:
        """The day is over, and its bill is ready."""
        self.shop.control("/settings", clock_offset_s=0, bill_state="ready")
        self.move_refunds(days=-1)

    def move_refunds(self, days: int) -> None:
        db.session.execute(
            text(
                "UPDATE refunds SET created_at = created_at + make_interval(days => :days),"
                " tried_at = tried_at + make_interval(days => :days)"
            ),
            {"days": days},
        )
        db.session.commit()
        db.session.remove()

    def spoil(self, kind: str, **more: Any) -> None:
        self.shop.control("/bill/faults", kind=kind, **more)

    def mend_bills(self) -> None:
        requests.delete(f"{self.shop.simulator.url}/_control/bill/faults", timeout=10)

    def run(self, day: date | None = None) -> str:
        db.session.remove()
        ending = reconcile(day or self.day)
        db.session.remove()
        return ending

    def shown(self) -> dict[str, Any]:
        answer = self.staff.get(f"{ADMIN}/{self.day}")
        assert answer.status_code == 200, answer.get_json()
        body: dict[str, Any] = answer.get_json()
        return body

    def findings(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.staff.get(f"{ADMIN}/{self.day}/findings", **query)
        assert answer.status_code == 200, answer.get_json()
        items: list[dict[str, Any]] = answer.get_json()["items"]
        return items

    def brief(self) -> list[tuple[str, str, str, bool]]:
        """Kind, code, number, is it resolved?"""
        return [
            (item["kind"], item["code"], item["number"], item["resolved_at"] is not None)
            for item in self.findings()
        ]


def refund_number(books: Books, order_no: str) -> str:
    return str(books.shop.payments(order_no)["refunds"][0]["out_refund_no"])
