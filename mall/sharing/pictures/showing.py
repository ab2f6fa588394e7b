"""What a picture shows of the page that is shared, and of the sharer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.drawing.composing import Contents
from mall.drawing.sources import uploaded
from mall.sharing.pages.kinds import PAGE_KINDS, Card
from mall.users.models import User


@dataclass(frozen=True, slots=True)
class Shown:
    """The page's card, the sharer's name, and what else is on the picture (names of uploads)."""

    card: Card
    nickname: str
    photos: tuple[str, ...] = ()

    def digest(self) -> bytes:
        """The same for the same picture: with another price it's another one."""
        told: list[Any] = [asdict(self.card), self.nickname]
        if self.photos:
            told.append(self.photos)
        text = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).digest()

    def contents(
        self, background: str | None, code: bytes, photos: Sequence[bytes] = ()
    ) -> Contents:
        """What is to be drawn. `background` is the name of an upload."""
        return Contents(
            title=self.card.title,
            code=code,
            nickname=self.nickname,
            price_fen=self.card.price_fen,
            list_price_fen=self.card.list_price_fen,
            from_price=self.card.from_price,
            picture=uploaded(self.card.picture),
            background=uploaded(background),
            photos=tuple(photos),
        )


def shown_of(
    session: Session, user_id: int, page_kind: str, page_id: int, photos: Sequence[str] = ()
) -> Shown | None:
    """What is shown; None for a page that shoppers can't see, or whose kind has no card."""
    card = _card(session, page_kind, page_id)
    return None if card is None else Shown(card, _nickname(session, user_id), tuple(photos))


def shown_still(session: Session, user_id: int, page_kind: str, page_id: int) -> Shown:
    """The same while it is drawn; of a page that went meanwhile nothing is shown."""
    card = _card(session, page_kind, page_id) or Card(title="")
    return Shown(card, _nickname(session, user_id))


def _card(session: Session, page_kind: str, page_id: int) -> Card | None:
    known = PAGE_KINDS.get(page_kind)
    return known.card(session, page_id) if known and known.card else None


def _nickname(session: Session, user_id: int) -> str:
    return session.scalar(select(User.nickname).where(User.id == user_id)) or ""
