"""What needs somebody, for staff."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import fields

from mall.doctor.attention import AttentionItems, attention_lists
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import Schema

blp = Blueprint("doctor_admin", __name__, url_prefix="/admin/api/v1", description="系统状况")


class AttentionItemsSchema(Schema):
    """A list. Its rows have the columns that fit it, times in UTC as ISO 8601."""

    name = fields.String(required=True, attribute="of.name")
    label = fields.String(required=True, attribute="of.label")
    count = fields.Integer(required=True)
    rows = fields.Function(
        lambda items: [_shown(row) for row in items.rows],
        metadata={
            "type": "array",
            "items": {"type": "object", "additionalProperties": True},
            "description": "the first of them, the most urgent first",
        },
        required=True,
    )
    fault = fields.String(
        required=True, allow_none=True, metadata={"description": "why it isn't known"}
    )


class AttentionSchema(Schema):
    items = fields.List(fields.Nested(AttentionItemsSchema), required=True)


@blp.route("/attention", methods=["GET"])
@access.staff("system:read")
@blp.response(200, AttentionSchema)
def list_attention() -> dict[str, list[AttentionItems]]:
    """What isn't broken but needs somebody: every list that the database answers, the empty ones
    too."""
    return {"items": list(attention_lists(of_storage=False))}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
