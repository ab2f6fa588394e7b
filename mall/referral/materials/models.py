"""Tables of materials: what staff made, its files and SKUs, and who downloaded it how often."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

_MATERIAL = "promoter_materials.id"
_ONE, _NONE, _NOW = text("1"), text("0"), text("clock_timestamp()")


class PromoterMaterial(Identified, Created):
    """A material: a text, and files (`MaterialFile`), for some SKUs or for the shop as a whole.

    `downloads` counts all that there ever were, also of promoters who have left.
    """

    __tablename__ = "promoter_materials"
    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("downloads >= 0", name="downloads"),
    )
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default=_ONE)
    downloads: Mapped[int] = mapped_column(server_default=_NONE)


class MaterialFile(Base):
    """An uploaded picture or video of a material. The upload is attached to the material, and the
    key keeps its row."""

    __tablename__ = "promoter_material_files"
    __table_args__ = (UniqueConstraint("name", name="uq_promoter_material_files_name"),)
    material_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(_MATERIAL, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text, ForeignKey("uploads.name"))


class MaterialSku(Base):
    """A SKU that a material is about."""

    __tablename__ = "promoter_material_skus"
    __table_args__ = (Index("ix_promoter_material_skus_sku_id", "sku_id", "material_id"),)
    material_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(_MATERIAL, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sku_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("skus.id"), primary_key=True, autoincrement=False
    )


class MaterialDownload(Base):
    """How often a promoter downloaded a material."""

    __tablename__ = "promoter_material_downloads"
    __table_args__ = (
        CheckConstraint("downloads > 0", name="downloads"),
        Index("ix_promoter_material_downloads_user_id", "user_id"),
        Index("ix_promoter_material_downloads_last_at", "last_at"),
    )
    material_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(_MATERIAL, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    downloads: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    last_at: Mapped[datetime] = mapped_column(server_default=_NOW)
