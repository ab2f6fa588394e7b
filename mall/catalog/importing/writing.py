"""Plans into the tables, many at a time: a statement for each kind of change, whatever the number
of products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    any_,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from mall.catalog.cache import catalogue_changed
from mall.catalog.importing.columns import SKU_COLUMNS
from mall.catalog.importing.planning import NEW_PRODUCT, KeptProduct, Names, Plan
from mall.catalog.models import Brand, Category, Sku, Spu
from mall.catalog.search_index import reindex
from mall.catalog.taxonomy import add_category
from mall.catalog.writing import refresh_prices
from mall.staff.audit import record_each

ReceiveStock = Callable[[Session, Mapping[int, int]], None]
"""(session, units by SKU id): stock is kept by a feature above this one."""
_SPU = Spu.__table__.c
_SKU = Sku.__table__.c
_SPU_COLUMNS = [_SPU[name] for name in ("id", "spu_code", "name", "category_id", *NEW_PRODUCT)]
_SKU_FIELDS = [column.field for column in SKU_COLUMNS]
_SKU_COLUMNS_READ = [
    _SKU[name] for name in ("id", "spu_id", "sku_code", *_SKU_FIELDS, "enabled", "position")
]


def category_paths(session: Session) -> dict[tuple[str, ...], int]:
    """The ids of all categories by their names from the top."""
    rows = {
        row.id: row
        for row in session.execute(select(Category.parent_id, Category.name, Category.id))
    }

    def path(category_id: int | None) -> tuple[str, ...]:
        if category_id is None:
            return ()
        row = rows[category_id]
        return (*path(row.parent_id), row.name)

    return {path(category_id): category_id for category_id in rows}


def kept_products(
    session: Session, codes: Collection[str], categories: Mapping[tuple[str, ...], int]
) -> dict[str, KeptProduct]:
    """The products of these codes by code, locked; orders of them can be placed meanwhile."""
    found = session.execute(
        select(*_SPU_COLUMNS, Spu.archived_at, Brand.name.label("brand"))
        .outerjoin(Brand, Brand.id == Spu.brand_id)
        .where(_is_one_of(Spu.spu_code, codes))
        .order_by(Spu.id)
        .with_for_update(of=Spu, key_share=True)
    ).all()
    skus: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    of_these = _SKU.spu_id.in_([row.id for row in found])
    for sku in session.execute(select(*_SKU_COLUMNS_READ).where(of_these)):
        skus[sku.spu_id][sku.sku_code] = dict(sku._mapping)
    paths = {category_id: path for path, category_id in categories.items()}
    return {
        row.spu_code: KeptProduct(
            row.id,
            dict(row._mapping),
            paths[row.category_id],
            row.brand or "",
            skus[row.id],
            row.archived_at is not None,
        )
        for row in found
    }


def owners_of(session: Session, sku_codes: Collection[str]) -> dict[str, str]:
    """The product's code by the code of its SKU."""
    found = session.execute(
        select(Sku.sku_code, Spu.spu_code)
        .join_from(Sku, Spu, Spu.id == Sku.spu_id)
        .where(_is_one_of(Sku.sku_code, sku_codes))
    )
    return {row.sku_code: row.spu_code for row in found}


def make_names(
    session: Session,
    categories: dict[tuple[str, ...], int],
    paths: Iterable[tuple[str, ...]],
    brands: Iterable[str],
) -> Names:
    """The ids of these categories and brands; those that aren't there are made."""
    for path in dict.fromkeys(paths):
        for depth in range(1, len(path) + 1):
            part = path[:depth]
            if part not in categories:
                parent_id = categories[part[:-1]] if depth > 1 else None
                categories[part] = add_category(session, parent_id=parent_id, name=part[-1])
    known = {row.name: row.id for row in session.execute(select(Brand.name, Brand.id))}
    fresh = [{"name": name} for name in dict.fromkeys(brands) if name and name not in known]
    if fresh:
        made = session.execute(insert(Brand).returning(Brand.name, Brand.id), fresh)
        known |= {row.name: row.id for row in made}
    return Names(categories, known)


def write_plans(session: Session, plans: Sequence[Plan], receive_stock: ReceiveStock) -> None:
    """Write products that were planned. Raises IntegrityError, and what pictures refuse."""
    plans = [plan for plan in plans if not plan.is_empty]
    if not plans:
        return
    ids = _insert_products(session, [plan for plan in plans if plan.kept is None])
    ids |= {plan.spu_code: plan.kept.id for plan in plans if plan.kept is not None}
    _update_products(session, plans)
    sku_ids = _insert_skus(session, plans, ids)
    changed_skus = {i: values for plan in plans for i, values in plan.changed_skus.items()}
    _update(session, Sku, changed_skus)
    refresh_prices(session, [ids[p.spu_code] for p in plans if p.skus or p.changed_skus])
    receive_stock(
        session,
        {
            sku_ids[row.sku_code]: row.stock
            for plan in plans
            for row in plan.rows
            if row.stock and row.sku_code in plan.skus
        },
    )
    record_each(
        session,
        action="spu.import",
        target_type="spu",
        before={str(ids[plan.spu_code]): plan.before for plan in plans if plan.kept},
        after={str(ids[plan.spu_code]): plan.after for plan in plans},
    )
    reindex(session, list(ids.values()))
    catalogue_changed(session)


def _insert_products(session: Session, plans: Sequence[Plan]) -> dict[str, int]:
    if not plans:
        return {}
    session.execute(insert(Spu), [plan.product for plan in plans])
    return _ids(session, Spu.spu_code, [plan.spu_code for plan in plans])


def _update_products(session: Session, plans: Sequence[Plan]) -> None:
    """What differs; the time, too, where only SKUs do."""
    changed = {plan.kept.id: plan.product for plan in plans if plan.kept and plan.product}
    _update(session, Spu, changed)
    of_them = [plan.kept.id for plan in plans if plan.kept]
    session.execute(
        update(Spu).where(Spu.id.in_(of_them)).values(updated_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )


def _insert_skus(
    session: Session, plans: Sequence[Plan], spu_ids: Mapping[str, int]
) -> dict[str, int]:
    rows = [
        {"spu_id": spu_ids[plan.spu_code], "sku_code": code, **values}
        for plan in plans
        for code, values in plan.skus.items()
    ]
    if not rows:
        return {}
    session.execute(insert(Sku), rows)
    return _ids(session, Sku.sku_code, [row["sku_code"] for row in rows])


def _ids(
    session: Session, code: InstrumentedAttribute[str], codes: Collection[str]
) -> dict[str, int]:
    """The ids by code. Asked for after the insert: many rows with RETURNING are one long statement,
    which takes longer to put together than to run."""
    found = session.execute(select(code, code.class_.id).where(_is_one_of(code, codes)))
    return {row[0]: row[1] for row in found}


def _is_one_of(code: InstrumentedAttribute[str], codes: Collection[str]) -> ColumnElement[bool]:
    """One parameter, however many codes there are."""
    return code == any_(cast(list(codes), ARRAY(Text)))


def _update(
    session: Session, model: type[Spu | Sku], changes: Mapping[int, Mapping[str, Any]]
) -> None:
    """Each row gets its own columns; rows with the same columns go in one statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row_id, values in changes.items():
        alike[tuple(sorted(values))].append({"row_id": row_id, **values})
    for names, rows in alike.items():
        session.connection().execute(
            update(model)
            .where(model.id == bindparam("row_id"))
            .values({name: bindparam(name) for name in names}),
            rows,
        )
