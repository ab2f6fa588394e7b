"""What the cart does when a shopper closes the account."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.cart.models import CartLine
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(CartLine).where(CartLine.user_id == user_id))


CART_LINES = Eraser("cart", _erase, "EXISTS (SELECT 1 FROM cart_lines c WHERE c.user_id = u.id)")
