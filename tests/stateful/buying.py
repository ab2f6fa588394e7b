"""Buying: a normal order by its routes, another kind by the commands that its feature calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.orders.kinds import NORMAL, OrderKind
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from tests.support.http import Http


@dataclass(frozen=True)
class Done:
    """What came of a command of a feature, in the shape of an answer over HTTP."""

    status_code: int
    value: Any

    def get_json(self) -> Any:
        return self.value


Answer = TestResponse | Done


def command(act: Callable[[Session], Any]) -> Done:
    """What a feature does in a transaction."""
    try:
        with transaction() as session:
            return Done(200, act(session))
    except MallError as refusal:
        return Done(refusal.status, refusal)
    finally:
        db.session.remove()


@dataclass(frozen=True)
class Buyer:
    http: Http
    user_id: int
    address_id: int


@dataclass(frozen=True)
class Purchase:
    """What a shopper is about to buy. Only normal orders have a route."""

    who: Buyer
    basket: Mapping[int, int]
    choices: Mapping[str, str]
    kind: OrderKind

    @property
    def _body(self) -> dict[str, Any]:
        return {
            "lines": [{"sku_id": str(sku), "quantity": n} for sku, n in self.basket.items()],
            "address_id": str(self._address),
            "choices": self.choices,
        }

    @property
    def _address(self) -> int | None:
        return self.who.address_id if self.kind.needs_address else None

    def quote(self) -> tuple[int, int]:
        """(what is to be paid, the freight in it)."""
        if self.kind is NORMAL:
            answer = self.who.http.post("/api/v1/quotes", self._body)
            assert answer.status_code == 200, answer.get_json()
            shown = answer.get_json()
            return shown["payable_fen"], shown["freight_fen"]
        quote = preview(self.who.user_id, self.basket, self._address, self.choices, self.kind).quote
        db.session.remove()
        return quote.payable_fen, quote.freight_fen

    def place(self, payable_fen: int) -> Answer:
        if self.kind is NORMAL:
            body = {**self._body, "expected_payable_fen": payable_fen}
            return self.who.http.post("/api/v1/orders", body)
        user_id, choices, kind = self.who.user_id, self.choices, self.kind
        return command(
            lambda _: {
                "order_no": place_order(
                    user_id, self.basket, self._address, payable_fen, choices=choices, kind=kind
                ).order_no
            }
        )
