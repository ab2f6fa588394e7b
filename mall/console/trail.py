"""操作日志: who changed what."""

from __future__ import annotations

from typing import Any

from flask import request

from mall.console.forms import read_filter
from mall.console.names import PREFIX
from mall.console.pages import page_blueprint
from mall.console.rendering import render
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.staff import queries
from mall.staff.schemas import AuditQuerySchema

blp = page_blueprint("console_trail", __name__, f"{PREFIX}/trail")


@blp.get("")
@access.console("audit:read")
def list_trail() -> str:
    """The trail, newest first, with what changed."""
    query = read_filter(AuditQuerySchema())
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    with transaction() as session:
        found = queries.audit_entries(session, queries.AuditFilter(**query), cursor, limit)
    return render("trail.html", page=found, given=request.args.to_dict(), changes=changes)


def changes(entry: Any) -> list[tuple[str, Any, Any]]:
    """What an entry says of each field: its name, before and after. None where it says nothing."""
    before, after = entry.before or {}, entry.after or {}
    return [
        (name, before.get(name), after.get(name))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]
