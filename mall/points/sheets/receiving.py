"""A sheet of points in a multipart request, and what its form says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from flask import request
from marshmallow import ValidationError, fields, validate
from werkzeug.exceptions import RequestEntityTooLarge

from mall.catalog.errors import SheetUnreadable
from mall.kernel.errors import ValidationFailed
from mall.kernel.http.schemas import Schema, Text
from mall.points.sheets.checking import Form
from mall.points.sheets.models import KINDS

MAX_BYTES = 8 * 1024 * 1024
"""50,000 lines with notes as a CSV are 4 MB."""
SUFFIXES = (".csv", ".xlsx")
_MULTIPART_OVERHEAD = 16 * 1024
MAX_KEY, MAX_REASON = 64, 200
FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "key", "kind", "reason"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "key": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
                    "kind": {"type": "string", "enum": list(KINDS)},
                    "reason": {"type": "string", "minLength": 1, "maxLength": MAX_REASON},
                },
            }
        }
    },
}


class SheetFormSchema(Schema):
    """What the form says beside its file."""

    key = Text(at_least=1, at_most=MAX_KEY, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


def form_of_request() -> Form:
    """The form. Raises ValidationFailed, and 413 for a body over the limit."""
    request.max_content_length = MAX_BYTES + _MULTIPART_OVERHEAD
    names = ("key", "kind", "reason")
    try:
        said = SheetFormSchema().load({name: request.form.get(name, "") for name in names})
    except ValidationError as wrong:
        param = next((name for name in names if name in wrong.messages), None)
        raise ValidationFailed(param=param) from None
    return Form(**said)


@contextmanager
def file_of_request() -> Iterator[Path]:
    """The one file, on disk while the block lasts. Raises SheetUnreadable, and 413."""
    request.max_content_length = MAX_BYTES + _MULTIPART_OVERHEAD
    file = request.files.get("file")
    suffix = PurePosixPath(file.filename or "").suffix.lower() if file else ""
    if file is None or suffix not in SUFFIXES:
        raise SheetUnreadable("请上传 .csv 或 .xlsx 文件", param="file")
    with tempfile.TemporaryDirectory(prefix="mall-sheet-") as folder:
        path = Path(folder, f"sheet{suffix}")
        file.save(path)
        if path.stat().st_size > MAX_BYTES:
            raise RequestEntityTooLarge
        yield path
