"""Tables of the catalogue. Prices are in fen; whether a product is for sale is a question to
the database's clock (`rules.on_shelf_now`), never a stored answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified
from mall.kernel.money import MAX_FEN
from mall.kernel.uploaded import UploadAddress, UploadAddresses, UploadMarkup

EMPTY_ARRAY = text("'{}'")
NOW = text("clock_timestamp()")


class Category(Identified, Created):
    """A node of the category tree. `path` is "/1/5/": the ids from the root to the node."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint(
            "parent_id",
            "name",
            name="uq_categories_parent_id_name",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("parent_id <> id", name="parent_id"),
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("categories.id", name="fk_categories_parent_id")
    )
    name: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    level: Mapped[int] = mapped_column(SmallInteger)
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    image: Mapped[str] = mapped_column(UploadAddress, server_default=text("''"))


class Brand(Identified, Created):
    __tablename__ = "brands"
    __table_args__ = (
        UniqueConstraint("name", name="uq_brands_name"),
        CheckConstraint(f"lowest_price_fen BETWEEN 0 AND {MAX_FEN}", name="lowest_price_fen"),
    )
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default=text("''"))
    image: Mapped[str] = mapped_column(UploadAddress, server_default=text("''"))
    lowest_price_fen: Mapped[int | None] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class Spu(Identified, Created):
    """A product. `on_shelf` is what staff want; the two times bound when it holds.

    The price range repeats that of the enabled SKUs, for lists; it is empty when there is
    none. An archived product is kept for the orders that name it and shown to nobody.
    """

    __tablename__ = "spus"
    __table_args__ = (
        UniqueConstraint("spu_code", name="uq_spus_spu_code"),
        CheckConstraint("shelf_off_at > shelf_on_at", name="shelf_times"),
        CheckConstraint("sold_count >= 0", name="sold_count"),
        CheckConstraint("max_price_fen >= min_price_fen", name="price_range"),
        Index("ix_spus_search_vector", "search_vector", postgresql_using="gin"),
        Index("ix_spus_name", "name", postgresql_ops={"name": "text_pattern_ops"}),
        Index("ix_spus_category_id", "category_id"),
        Index("ix_spus_brand_id", "brand_id"),
        Index("ix_spus_min_price_fen", "min_price_fen", "id"),
        Index("ix_spus_sold_count", "sold_count", "id"),
        Index("ix_spus_hot", text("CAST(is_hot AS integer)"), "sold_count", "id"),
        Index("ix_spus_spu_code", "spu_code", postgresql_ops={"spu_code": "text_pattern_ops"}),
        Index(
            "ix_spus_shelf_on_at", "shelf_on_at", postgresql_where=text("shelf_on_at IS NOT NULL")
        ),
        Index(
            "ix_spus_shelf_off_at",
            "shelf_off_at",
            postgresql_where=text("shelf_off_at IS NOT NULL"),
        ),
    )
    spu_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    brief: Mapped[str] = mapped_column(Text, server_default=text("''"))
    category_id: Mapped[int] = mapped_column(
        ForeignKey("categories.id", name="fk_spus_category_id")
    )
    brand_id: Mapped[int | None] = mapped_column(ForeignKey("brands.id", name="fk_spus_brand_id"))
    unit: Mapped[str] = mapped_column(Text, server_default=text("'件'"))
    main_image: Mapped[str] = mapped_column(UploadAddress, server_default=text("''"))
    gallery: Mapped[list[str]] = mapped_column(UploadAddresses, server_default=EMPTY_ARRAY)
    detail_html: Mapped[str] = mapped_column(UploadMarkup, server_default=text("''"))
    spec_names: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY_ARRAY)
    attributes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    on_shelf: Mapped[bool] = mapped_column(server_default=text("false"))
    shelf_on_at: Mapped[datetime | None]
    shelf_off_at: Mapped[datetime | None]
    is_new: Mapped[bool] = mapped_column(server_default=text("false"))
    is_hot: Mapped[bool] = mapped_column(server_default=text("false"))
    sold_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    min_price_fen: Mapped[int | None] = mapped_column(BigInteger)
    max_price_fen: Mapped[int | None] = mapped_column(BigInteger)
    search_vector: Mapped[str] = mapped_column(TSVECTOR, server_default=text("''"))
    archived_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW, sort_order=91)


class Sku(Identified, Created):
    """What is bought: one value for each of the product's `spec_names`, and a price."""

    __tablename__ = "skus"
    __table_args__ = (
        UniqueConstraint("sku_code", name="uq_skus_sku_code"),
        Index(
            "uq_skus_spu_id_spec_values",
            "spu_id",
            "spec_values",
            unique=True,
            postgresql_where=text("enabled"),
        ),
        Index("ix_skus_spu_id", "spu_id"),
        Index("ix_skus_sku_code", "sku_code", postgresql_ops={"sku_code": "text_pattern_ops"}),
        CheckConstraint(f"price_fen BETWEEN 1 AND {MAX_FEN}", name="price_fen"),
        CheckConstraint(f"list_price_fen BETWEEN 1 AND {MAX_FEN}", name="list_price_fen"),
        CheckConstraint(f"cost_fen BETWEEN 0 AND {MAX_FEN}", name="cost_fen"),
        CheckConstraint("weight_g >= 0", name="weight_g"),
        CheckConstraint("volume_cm3 >= 0", name="volume_cm3"),
    )
    spu_id: Mapped[int] = mapped_column(ForeignKey("spus.id", name="fk_skus_spu_id"))
    sku_code: Mapped[str] = mapped_column(Text)
    spec_values: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY_ARRAY)
    price_fen: Mapped[int] = mapped_column(BigInteger)
    list_price_fen: Mapped[int | None] = mapped_column(BigInteger)
    cost_fen: Mapped[int | None] = mapped_column(BigInteger)
    weight_g: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    volume_cm3: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    image: Mapped[str] = mapped_column(UploadAddress, server_default=text("''"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class SpuCode(Base, Created):
    """The mini-program code (an image) of a product; WeChat's never expire."""

    __tablename__ = "spu_codes"
    spu_id: Mapped[int] = mapped_column(
        ForeignKey("spus.id", name="fk_spu_codes_spu_id", ondelete="CASCADE"), primary_key=True
    )
    image: Mapped[bytes] = mapped_column(LargeBinary)
