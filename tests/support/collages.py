"""Designs of collages, and collages of a shopper's own pictures."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.drawing.layouts import CollageLayoutSchema
from mall.kernel.db import db, transaction
from mall.reviews.collages.composing import MadeCollage, ask_for_collage
from mall.reviews.collages.templates import DESIGNS
from tests.support.drawing import box, layout
from tests.support.moderated import photo


def places(number: int) -> dict[str, Any]:
    """A canvas with so many places for photos, above the code."""
    return layout(
        *(box("photo", x=60 * at, y=0, width=50, height=80, radius=8) for at in range(number))
    )


def make_collage_template(number: int = 2, **more: Any) -> int:
    """A design for product pages with so many places: its id."""
    drawn = CollageLayoutSchema().load(places(number))
    terms = {"name": "穿搭", "page_kinds": ["product"], "layout": drawn, "enabled": True}
    return DESIGNS.create({**terms, **more})


def make_collage(
    user_id: int, template_id: int, product_id: int, *names: str, seed: int = 1
) -> MadeCollage:
    """A collage of these uploads of the shopper; of a new one when none is named."""
    photos = names or (photo(user_id, seed),)
    return ask_for_collage(user_id, template_id, "product", product_id, photos)


def collage_row(collage_id: int) -> Any:
    """The collage's row, read afresh; None when it is gone."""
    db.session.rollback()
    with transaction() as session:
        return session.execute(
            text("SELECT * FROM collages WHERE id = :id"), {"id": collage_id}
        ).one_or_none()
