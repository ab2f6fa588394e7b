"""Sheets of points for tests."""

from __future__ import annotations

import io
from typing import Any

from werkzeug.test import TestResponse

from tests.support.http import Http

PATH = "/admin/api/v1/points-sheets"
HEADER = "用户编号,手机号,积分,到期日,外部编号,备注"


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def upload(
    staff: Http,
    content: bytes,
    *,
    key: str = "会员日",
    kind: str = "grant",
    reason: str = "补发",
    name: str = "points.csv",
) -> TestResponse:
    data: dict[str, Any] = {
        "file": (io.BytesIO(content), name),
        "key": key,
        "kind": kind,
        "reason": reason,
    }
    headers = {"Authorization": f"Bearer {staff.token}"}
    with staff.app.app_context(), staff.app.test_client() as client:
        return client.post(PATH, data=data, headers=headers)


def uploaded(staff: Http, content: bytes, **form: str) -> str:
    """The id of a sheet without faults."""
    answer = upload(staff, content, **form)
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json()["faults"] == []
    return str(answer.get_json()["sheet"]["id"])
