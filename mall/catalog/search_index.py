"""The search column of a product: title (A), brand, category and attributes (B), title
characters and pinyin (C), brief and detail (D)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, cast, select, update
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Session, aliased

from mall.catalog.html import text_of
from mall.catalog.models import Brand, Category, Sku, Spu
from mall.catalog.pinyin import pinyin_forms
from mall.catalog.tokenizer import characters, title_words, vector


def reindex(session: Session, spu_ids: Collection[int]) -> None:
    """Write the search column of these products anew."""
    if not spu_ids:
        return
    specs = _spec_texts(session, spu_ids)
    parent = aliased(Category)
    rows = session.execute(
        select(
            Spu.id,
            Spu.name,
            Spu.brief,
            Spu.attributes,
            Spu.detail_html,
            Brand.name.label("brand"),
            Category.name.label("category"),
            parent.name.label("parent"),
        )
        .join_from(Spu, Category, Category.id == Spu.category_id)
        .outerjoin(parent, parent.id == Category.parent_id)
        .outerjoin(Brand, Brand.id == Spu.brand_id)
        .where(Spu.id.in_(spu_ids))
    ).all()
    session.connection().execute(
        update(Spu)
        .where(Spu.id == bindparam("spu_id"))
        .values(search_vector=cast(bindparam("words"), TSVECTOR)),
        [{"spu_id": row.id, "words": _literal(row, specs.get(row.id, ""))} for row in rows],
    )


def _literal(row: Any, specs: str) -> str:
    attributes = " ".join(str(pair["value"]) for pair in row.attributes)
    about = " ".join(filter(None, (row.brand, row.category, row.parent, attributes, specs)))
    parts = [
        ("A", title_words(row.name)),
        ("B", title_words(about)),
        ("C", [*characters(row.name), *pinyin_forms(row.name)]),
        ("D", title_words(f"{row.brief} {text_of(row.detail_html)}")),
    ]
    return vector(parts)


def _spec_texts(session: Session, spu_ids: Collection[int]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for spu_id, values in session.execute(
        select(Sku.spu_id, Sku.spec_values).where(Sku.spu_id.in_(spu_ids), Sku.enabled)
    ):
        texts[spu_id] = f"{texts.get(spu_id, '')} {' '.join(values)}"
    return texts
