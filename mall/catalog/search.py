"""Search by word, suggestions while typing, and the words that many search for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, cast, func, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from mall.catalog.listing import CARD, ORDERS, Order, ProductFilter, conditions, ordered_page
from mall.catalog.models import Spu
from mall.catalog.pinyin import typed_pinyin
from mall.catalog.rules import on_shelf_now
from mall.catalog.tokenizer import all_words, any_word, normalised, query_words, quoted
from mall.kernel.errors import ValidationFailed
from mall.kernel.http.paging import Page, decode_cursor, encode_cursor

MAX_SUGGESTIONS = 10


@dataclass(frozen=True)
class Found:
    """A page of search results. `exact`: every word of the query was found."""

    page: Page[Row[Any]]
    words: list[str]
    exact: bool


def search_products(
    session: Session,
    text: str,
    wanted: ProductFilter,
    *,
    sort: str | None,
    cursor: str | None,
    limit: int,
) -> Found:
    """A page of the products that have every word of `text`, the best first.

    When no product has them all, those with any. `sort` (a key of ORDERS) replaces the
    order by rank. The first page decides which of the two it is and the cursor carries it.
    """
    words = query_words(text)
    if not words:
        return Found(Page([], None), words, False)
    products = select(*CARD).where(on_shelf_now(), *conditions(session, wanted))
    mode, inner = _split(cursor)
    found = None
    if mode != "any":
        found = _matching(session, products, all_words(words), sort=sort, cursor=inner, limit=limit)
    if mode is None:
        mode = "all" if found and found.items else "any"
    if mode == "any":
        found = _matching(session, products, any_word(words), sort=sort, cursor=inner, limit=limit)
    assert found is not None
    return Found(_joined(mode, found), words, mode == "all")


def suggest(session: Session, text: str) -> list[str]:
    """Names of products on the shelf that begin with `text`, then those with such a word, then
    those whose pinyin, or first letters, begin so."""
    typed = text.strip()
    words = query_words(typed)
    by_name = (
        select(Spu.name)
        .where(on_shelf_now(), Spu.name.startswith(typed, autoescape=True))
        .order_by(Spu.sold_count.desc(), Spu.id.desc())
        .limit(MAX_SUGGESTIONS)
    )
    names = list(session.scalars(by_name)) if typed else []
    if len(names) < MAX_SUGGESTIONS and words:
        names += _names_with(session, " & ".join(f"{quoted(normalised(w))}:*AC" for w in words))
    spelled = typed_pinyin(typed)
    if len(names) < MAX_SUGGESTIONS and spelled:
        names += _names_with(session, f"{quoted(spelled)}:*C")
    return list(dict.fromkeys(names))[:MAX_SUGGESTIONS]


def _names_with(session: Session, query: str) -> Sequence[str]:
    return session.scalars(
        select(Spu.name)
        .where(on_shelf_now(), Spu.search_vector.op("@@")(cast(query, TSQUERY)))
        .order_by(Spu.sold_count.desc(), Spu.id.desc())
        .limit(MAX_SUGGESTIONS)
    ).all()


def _matching(
    session: Session,
    products: Select[Any],
    query: str,
    *,
    sort: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Row[Any]]:
    asked = cast(query, TSQUERY)
    order = ORDERS[sort] if sort else _by_rank(asked)
    statement = products.where(Spu.search_vector.op("@@")(asked))
    return ordered_page(session, statement, order, cursor, limit)


def _by_rank(asked: ColumnElement[Any]) -> Order:
    """The rank as a whole number: a cursor has to meet the same value again."""
    rank = cast(func.ts_rank(Spu.search_vector, asked) * 1_000_000, BigInteger)
    return Order((rank, Spu.id.expression), (int, int), True)


def _split(cursor: str | None) -> tuple[str | None, str | None]:
    decoded = decode_cursor(cursor, (str, str))
    if decoded is None:
        return None, None
    mode, inner = decoded
    if mode not in ("all", "any"):
        raise ValidationFailed("翻页参数无效", param="cursor")
    return mode, inner


def _joined(mode: str, found: Page[Row[Any]]) -> Page[Row[Any]]:
    if found.next_cursor is None:
        return found
    return Page(found.items, encode_cursor([mode, found.next_cursor]))
