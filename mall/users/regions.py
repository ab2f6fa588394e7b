"""Administrative regions: what an address may name."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from mall.users.errors import UnknownRegion
from mall.users.models import Region

DISTRICT = 3
_FILLERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Second-level entries of the table that are no place anybody would write on a parcel."""


def below(session: Session, parent: str | None) -> list[Region]:
    """The regions just below `parent`, or the provinces, by code."""
    return list(
        session.scalars(
            select(Region)
            .where(Region.parent_code.is_not_distinct_from(parent))
            .order_by(Region.code)
        )
    )


def names_of(session: Session, code: str) -> str:
    """`浙江省 杭州市 西湖区` of a district's code. Raises UnknownRegion for any other."""
    city, province = aliased(Region), aliased(Region)
    found = session.execute(
        select(province.name, city.name, Region.name)
        .select_from(Region)
        .join(city, (city.code == Region.parent_code) & (city.level == 2))
        .join(province, (province.code == city.parent_code) & (province.level == 1))
        .where(Region.code == code, Region.level == DISTRICT)
    ).one_or_none()
    if found is None:
        raise UnknownRegion(param="region_code")
    return joined(*found)


def joined(province: str, city: str, district: str) -> str:
    """The names as a parcel bears them: no filler, and a city without districts once."""
    middle = [] if city in _FILLERS or city == district else [city]
    return " ".join([province, *middle, district])
