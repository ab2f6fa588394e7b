"""Tables of birthdays. A feature under `mall/` derives from `mall.kernel.db.Base` and has a
migration; the toy keeps to itself, so that the mall's own schema stays as it is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, SmallInteger, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class ToyBase(DeclarativeBase):
    """Base of the toy's tables."""


class Birthday(ToyBase):
    """When a shopper was born, as far as the shop needs it: `month_day` is "MM-DD"."""

    __tablename__ = "birthdays"
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    month_day: Mapped[str] = mapped_column(Text)


class BirthdayDiscount(ToyBase):
    """That a shopper had the discount of a year, with which order."""

    __tablename__ = "birthday_discounts"
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    paid: Mapped[bool] = mapped_column(Boolean, server_default="false")


class BirthdayTreats(ToyBase):
    """Treats that a shopper holds, and owes: those were due back when they had been eaten."""

    __tablename__ = "birthday_treats"
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    held: Mapped[int] = mapped_column(BigInteger, server_default="0")
    owed: Mapped[int] = mapped_column(BigInteger, server_default="0")
