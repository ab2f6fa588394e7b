"""What fakes tend to share, kept as keyed hashes: devices, addresses and phones of orders.

A keyed hash is personal data still (个人信息保护法 73): it is kept for a purpose, for a time, and
goes with the account.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.sealed import sealer
from mall.orders.models import ADDRESS as SEALED_FOR
from mall.orders.models import Order
from mall.referral.screening.models import ADDRESS, DEVICE, PHONE, PHONE_PREFIX, Trait
from mall.users.addressing import AddressSnapshot
from mall.users.devices import DeviceBook

PREFIX_DIGITS = 8
MOST_DEVICES = 10
"""Of one shopper. The first are kept: no flood of names pushes out one that is shared."""
MOST_USERS = 1_000
"""Of one device that are looked at."""
_NOISE = re.compile(r"[\W_]+")
_FORGET = text(
    """
    DELETE FROM referral_traits WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM referral_traits
        WHERE seen_at < now() - make_interval(days => :days)
        ORDER BY seen_at LIMIT :rows))
    RETURNING 1
    """
)


def keep_device(session: Session, user_id: int, device: str) -> None:
    """The shopper's client says on which device it runs; from the eleventh on nothing is kept."""
    digest = _digest(DEVICE, device)
    mine = select(func.count()).where(Trait.user_id == user_id, Trait.kind == DEVICE)
    if (session.scalar(mine.where(Trait.digest != digest)) or 0) < MOST_DEVICES:
        _keep(session, user_id, [(DEVICE, digest)])


def users_on(session: Session, device: str) -> frozenset[int]:
    """Shoppers whose clients said that they run on this device, the latest of a crowd."""
    found = (
        select(Trait.user_id)
        .where(Trait.kind == DEVICE, Trait.digest == _digest(DEVICE, device))
        .order_by(Trait.user_id.desc())
        .limit(MOST_USERS)
    )
    return frozenset(session.scalars(found))


KNOWN_DEVICES = DeviceBook("screening", users_on)


def keep_traits_of_order(session: Session, order_id: int) -> None:
    """Where an order goes, and whose phone it is; again changes nothing."""
    row = session.execute(
        select(Order.user_id, Order.address_sealed).where(Order.id == order_id)
    ).one_or_none()
    if row is None or row.address_sealed is None:
        return
    address = AddressSnapshot.from_json(sealer().open(row.address_sealed, SEALED_FOR))
    _keep(session, row.user_id, list(_of(address)))


def _of(address: AddressSnapshot) -> Iterator[tuple[str, bytes]]:
    phone = re.sub(r"\D", "", address.phone)
    place = f"{address.region_code}:{plain(address.detail)}"
    yield ADDRESS, _digest(ADDRESS, place)
    yield PHONE, _digest(PHONE, phone)
    near = f"{address.region_code}:{phone[:PREFIX_DIGITS]}"
    yield PHONE_PREFIX, _digest(PHONE_PREFIX, near)


def plain(detail: str) -> str:
    """An address without what is written this way or that: width, case, spaces, punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", detail).casefold())


def forget_traits(session: Session, days: int, batch: int) -> int:
    """Delete a batch of what is older than so many days; how many there were."""
    return len(session.execute(_FORGET, {"days": days, "rows": batch}).all())


def _digest(kind: str, value: str) -> bytes:
    return sealer().blind_index(value, f"referral.{kind}")


def _keep(session: Session, user_id: int, found: list[tuple[str, bytes]]) -> None:
    rows = [{"user_id": user_id, "kind": kind, "digest": digest} for kind, digest in found]
    made = insert(Trait).values(rows)
    session.execute(
        made.on_conflict_do_update(
            index_elements=["user_id", "kind", "digest"],
            set_={"seen_at": func.clock_timestamp()},
        )
    )
