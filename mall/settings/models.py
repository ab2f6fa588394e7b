"""The table of settings that differ from their defaults."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base


class ShopSetting(Base):
    """One changed setting. Each change brings a version that no setting has had."""

    __tablename__ = "shop_settings"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB(none_as_null=False))
    version: Mapped[int] = mapped_column(BigInteger, Identity())
    changed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("clock_timestamp()")
    )
