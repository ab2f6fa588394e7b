"""Where goods go back to. Sealed at rest: a warehouse's address has somebody's phone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.aftersales.errors import ReturnAddressMissing
from mall.aftersales.models import RETURN_ADDRESS, ReturnAddress
from mall.kernel.db import transaction
from mall.kernel.sealed import sealer
from mall.staff.audit import record

ONLY = 1


def sealed(address: Mapping[str, str]) -> bytes:
    """An address (receiver, phone, address) under the current key."""
    return sealer().seal(json.dumps(dict(address), ensure_ascii=False), RETURN_ADDRESS)


def opened(address: bytes | None) -> dict[str, Any] | None:
    """The address in clear; None where there is none."""
    return json.loads(sealer().open(address, RETURN_ADDRESS)) if address else None


def default_address(session: Session) -> dict[str, Any] | None:
    """Where goods go unless staff say otherwise."""
    return opened(
        session.scalar(select(ReturnAddress.address_sealed).where(ReturnAddress.id == ONLY))
    )


def address_for(session: Session, given: Mapping[str, str] | None) -> bytes:
    """What staff said, else the default, sealed. Raises ReturnAddressMissing."""
    address = given or default_address(session)
    if address is None:
        raise ReturnAddressMissing
    return sealed(address)


def set_default_address(address: Mapping[str, str]) -> None:
    """Let goods come back to another place from now on."""
    with transaction() as session:
        before = default_address(session)
        row = insert(ReturnAddress).values(id=ONLY, address_sealed=sealed(address))
        session.execute(
            row.on_conflict_do_update(
                index_elements=[ReturnAddress.id],
                set_={"address_sealed": row.excluded.address_sealed},
            )
        )
        record(
            session,
            action="return_address.set",
            target_type="return_address",
            target_id=ONLY,
            before=before,
            after=address,
        )
