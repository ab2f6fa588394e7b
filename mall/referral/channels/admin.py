"""What channels brought, for staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Response

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, sheet_response
from mall.kernel.http.paging import Page, id_in, page
from mall.kernel.http.schemas import DaysQuery
from mall.referral.channels import reporting
from mall.referral.channels.reporting import ChannelFigures
from mall.referral.channels.schemas import (
    ChannelDaysSchema,
    ChannelReportPageSchema,
    ChannelReportQuery,
    ChannelSheetQuery,
)
from mall.sharing.channels import queries
from mall.sharing.channels.models import LABELS

blp = Blueprint(
    "channel_reports_admin", __name__, url_prefix="/admin/api/v1", description="渠道报表"
)
_BATCH = 100
_HEADER = (
    *("渠道编号", "渠道", "类型", "访问人次", "访客", "新顾客", "订单", "首单"),
    *("实付（分）", "退款（分）", "净额（分）", "领券", "线上用券", "到店核销"),
    *("费用（分）", "ROI（万分比）"),
)


@blp.route("/channel-reports", methods=["GET"])
@access.staff("channel:read")
@blp.arguments(ChannelReportQuery, location="query")
@blp.response(200, ChannelReportPageSchema)
def read_report(query: dict[str, Any]) -> Page[ChannelFigures]:
    """Channels, newest first, with what came of each on these days."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    with transaction() as session:
        found = queries.channels(session, kind=query.get("kind"), before=before, limit=limit)
        rows = reporting.of_channels(session, found, query["first"], query["last"])
    return page(rows, limit, lambda row: [row.channel.channel.id])


@blp.route("/channel-reports/sheet", methods=["GET"])
@access.staff("channel:read")
@blp.arguments(ChannelSheetQuery, location="query")
@blp.doc(**SHEETS)
def export_report(query: dict[str, Any]) -> Response:
    """The same of all channels, as a sheet."""
    rows = _rows(query["first"], query["last"])
    return sheet_response(query["format"], "channels", _HEADER, rows)


@blp.route("/channels/<id:channel_id>/days", methods=["GET"])
@access.staff("channel:read")
@blp.arguments(DaysQuery, location="query")
@blp.response(200, ChannelDaysSchema)
@blp.fails("channel_not_found")
def read_days(query: dict[str, Any], channel_id: int) -> dict[str, Any]:
    """A channel day by day, newest first; a day on which nothing came isn't there."""
    with transaction() as session:
        queries.channel(session, channel_id)
        return {"items": reporting.of_days(session, channel_id, query["first"], query["last"])}


def _rows(first: date, last: date) -> Iterator[tuple[str, ...]]:
    before: int | None = None
    while True:
        with transaction() as session:
            found = queries.channels(session, kind=None, before=before, limit=_BATCH)[:_BATCH]
            rows = reporting.of_channels(session, found, first, last)
        yield from map(_row, rows)
        if len(found) < _BATCH:
            return
        before = found[-1].channel.id


def _row(found: ChannelFigures) -> tuple[str, ...]:
    channel, of = found.channel.channel, found.figures
    figures = (
        *(of.visits, of.visitors, of.new_shoppers, of.orders, of.first_orders),
        *(of.paid_fen, of.refunded_fen, of.net_fen),
        *(of.coupons, of.coupons_on_line, of.coupons_at_counter, of.cost_fen),
        "" if of.roi_bp is None else of.roi_bp,
    )
    return (str(channel.id), channel.name, LABELS[channel.kind], *map(str, figures))
