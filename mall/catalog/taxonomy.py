"""Staff's changes to categories and brands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.catalog.cache import catalogue_changed
from mall.catalog.errors import (
    BrandInUse,
    BrandNameTaken,
    BrandNotFound,
    CategoryCycle,
    CategoryInUse,
    CategoryNameTaken,
    CategoryNotFound,
    CategoryTooDeep,
)
from mall.catalog.models import Brand, Category, Spu
from mall.kernel import jobs
from mall.kernel.db import constraint_of, transaction
from mall.kernel.errors import MallError
from mall.staff.audit import record

MAX_LEVEL = 3
_ERRORS: Mapping[str, type[MallError]] = {
    "uq_categories_parent_id_name": CategoryNameTaken,
    "fk_categories_parent_id": CategoryInUse,
    "fk_spus_category_id": CategoryInUse,
    "uq_brands_name": BrandNameTaken,
    "fk_spus_brand_id": BrandInUse,
}


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except IntegrityError as fault:
        named = _ERRORS.get(constraint_of(fault) or "")
        if named is None:
            raise
        raise named from None


def create_category(
    *, parent_id: int | None = None, name: str, position: int = 0, image: str = ""
) -> int:
    """A new category. Raises CategoryNotFound (parent), CategoryTooDeep, CategoryNameTaken."""
    with transaction() as session:
        lock_tree(session)
        with _named_errors():
            category_id = add_category(
                session, parent_id=parent_id, name=name, position=position, image=image
            )
        after = {"parent_id": parent_id, "name": name, "position": position, "image": image}
        _record(session, "category.create", category_id, None, after)
        return category_id


def add_category(
    session: Session, *, parent_id: int | None, name: str, position: int = 0, image: str = ""
) -> int:
    """Put a category under its parent."""
    path, level = _parent(session, parent_id)
    if level >= MAX_LEVEL:
        raise CategoryTooDeep(param="parent_id")
    category_id = session.execute(
        insert(Category)
        .values(
            parent_id=parent_id,
            name=name,
            position=position,
            image=image,
            path=path,
            level=level + 1,
        )
        .returning(Category.id)
    ).scalar_one()
    session.execute(
        update(Category).where(Category.id == category_id).values(path=f"{path}{category_id}/")
    )
    return category_id


def update_category(
    category_id: int, *, parent_id: int | None, name: str, position: int, image: str
) -> None:
    """Rename, move (with everything below it), reorder.

    Raises CategoryNotFound, CategoryCycle, CategoryTooDeep, CategoryNameTaken.
    """
    with transaction() as session:
        lock_tree(session)
        old = session.execute(
            select(*Category.__table__.c).where(Category.id == category_id)
        ).first()
        if old is None:
            raise CategoryNotFound
        after = {"parent_id": parent_id, "name": name, "position": position, "image": image}
        if parent_id != old.parent_id:
            _move(session, category_id, old.path, old.level, parent_id)
        with _named_errors():
            session.execute(update(Category).where(Category.id == category_id).values(**after))
        _record(session, "category.update", category_id, dict(old._mapping), after)
        _reindex_later(session, Category.path.like(f"%/{category_id}/%"))


def delete_category(category_id: int) -> None:
    """Remove an empty category. Raises CategoryNotFound, CategoryInUse."""
    with transaction() as session:
        lock_tree(session)
        with _named_errors():
            name = session.execute(
                delete(Category).where(Category.id == category_id).returning(Category.name)
            ).scalar()
        if name is None:
            raise CategoryNotFound
        _record(session, "category.delete", category_id, {"name": name}, None)


def create_brand(**values: Any) -> int:
    """A new brand of `name`, `description`, `image`, `position`. Raises BrandNameTaken."""
    with transaction() as session:
        with _named_errors():
            brand_id = session.execute(
                insert(Brand).values(**values).returning(Brand.id)
            ).scalar_one()
        _record(session, "brand.create", brand_id, None, values)
        return brand_id


def update_brand(brand_id: int, **values: Any) -> None:
    """Change a brand. Raises BrandNotFound, BrandNameTaken."""
    with transaction() as session:
        old = session.execute(
            select(*Brand.__table__.c).where(Brand.id == brand_id).with_for_update()
        ).first()
        if old is None:
            raise BrandNotFound
        with _named_errors():
            session.execute(update(Brand).where(Brand.id == brand_id).values(**values))
        _record(session, "brand.update", brand_id, dict(old._mapping), values)
        _reindex_later(session, Spu.brand_id == brand_id)


def delete_brand(brand_id: int) -> None:
    """Remove a brand that no product names. Raises BrandNotFound, BrandInUse."""
    with transaction() as session:
        with _named_errors():
            name = session.execute(
                delete(Brand).where(Brand.id == brand_id).returning(Brand.name)
            ).scalar()
        if name is None:
            raise BrandNotFound
        _record(session, "brand.delete", brand_id, {"name": name}, None)


def lock_tree(session: Session) -> None:
    """One change to the tree at a time: two moves at once could close a cycle."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('catalog.categories', 0))"))


def _parent(session: Session, parent_id: int | None) -> tuple[str, int]:
    if parent_id is None:
        return "/", 0
    row = session.execute(
        select(Category.path, Category.level).where(Category.id == parent_id)
    ).first()
    if row is None:
        raise CategoryNotFound(param="parent_id")
    return row.path, row.level


def _move(
    session: Session, category_id: int, old_path: str, old_level: int, parent_id: int | None
) -> None:
    path, level = _parent(session, parent_id)
    if path.startswith(old_path):
        raise CategoryCycle(param="parent_id")
    below = Category.path.startswith(old_path, autoescape=True)
    deepest = session.scalar(select(func.max(Category.level)).where(below)) or old_level
    if deepest + level + 1 - old_level > MAX_LEVEL:
        raise CategoryTooDeep(param="parent_id")
    new_path = f"{path}{category_id}/"
    session.execute(
        update(Category)
        .where(below)
        .values(
            path=new_path + func.substr(Category.path, len(old_path) + 1),
            level=Category.level + (level + 1 - old_level),
        )
    )


def _record(
    session: Session,
    action: str,
    target_id: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    if before is not None and after is not None:
        before = {key: before[key] for key in after}
    record(
        session,
        action=action,
        target_type=action.partition(".")[0],
        target_id=target_id,
        before=before,
        after=after,
    )
    catalogue_changed(session)


def _reindex_later(session: Session, which: ColumnElement[bool]) -> None:
    """Product rows repeat these names in their search column."""
    ids = session.scalars(
        select(Spu.id).join_from(Spu, Category, Category.id == Spu.category_id).where(which)
    ).all()
    batches = [{"spu_ids": list(ids[i : i + 200])} for i in range(0, len(ids), 200)]
    jobs.defer_many(session, "catalog.reindex", batches)
