from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, InternalError

from mall.kernel.db import db, transaction
from mall.staff.audit import masked, record
from mall.staff.models import AuditEntry


def test_a_row_keeps_what_was_done(app: Flask) -> None:
    with transaction() as session:
        record(session, action="spu.update", target_type="spu", target_id=7, after={"name": "被"})
    row = db.session.scalars(select(AuditEntry)).one()
    assert (row.actor, row.action, row.target_id) == ("system", "spu.update", "7")
    assert (row.before, row.after) == (None, {"name": "被"})


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries", "TRUNCATE audit_entries"],
)
def test_a_row_cant_be_changed(app: Flask, statement: str) -> None:
    with transaction() as session:
        record(session, action="spu.update", target_type="spu", target_id=7)
    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction() as s:
        s.execute(text(statement))
    assert db.session.scalars(select(AuditEntry.actor)).all() == ["system"]


def test_personal_data_is_masked() -> None:
    shown = masked(
        {
            "phone": "13812345678",
            "receiver": "王小明",
            "address": {"detail": "文三路 1 号"},
            "password": "hunter2",
            "remark": "打 13812345678 找我",
            "order_no": "2026112213812345678",
            "phone_sealed": b"\0\1",
            "items": [{"receiver_phone": "13800001234"}],
            "price_fen": 100,
        }
    )
    assert shown == {
        "phone": "138****5678",
        "receiver": "王**",
        "address": {"detail": "文**"},
        "password": "[redacted]",
        "remark": "打 138****5678 找我",
        "order_no": "2026112213812345678",
        "phone_sealed": "[redacted]",
        "items": [{"receiver_phone": "138****1234"}],
        "price_fen": 100,
    }
