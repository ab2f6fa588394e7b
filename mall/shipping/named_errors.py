"""From a violated constraint to what shipping refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from mall.kernel.db import constraint_of
from mall.kernel.errors import MallError
from mall.shipping.errors import (
    AnotherDefault,
    PickupPointInUse,
    PickupPointNamed,
    TemplateInUse,
    TemplateNamed,
    UnknownClerk,
    UnknownProducts,
)

_ERRORS: Mapping[str, type[MallError]] = {
    "uq_freight_templates_name": TemplateNamed,
    "uq_freight_templates_default": AnotherDefault,
    "fk_spu_freight_template_id": TemplateInUse,
    "fk_spu_freight_spu_id": UnknownProducts,
    "uq_pickup_points_name": PickupPointNamed,
    "fk_pickups_point_id": PickupPointInUse,
    "fk_pickup_clerks_staff_id": UnknownClerk,
}


_REFERENCED = "23503"


@contextmanager
def named_errors(*, referenced: type[MallError] | None = None) -> Iterator[None]:
    """Raise the refusal that a violated constraint stands for.

    `referenced` stands for any other row, of whatever feature, that refers to the one changed.
    """
    try:
        yield
    except IntegrityError as fault:
        refusal = _ERRORS.get(constraint_of(fault) or "")
        if refusal is None and getattr(fault.orig, "sqlstate", None) == _REFERENCED:
            refusal = referenced
        if refusal is None:
            raise
        raise refusal from None
