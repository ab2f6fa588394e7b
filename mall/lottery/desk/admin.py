"""Lotteries for staff: composing, publishing, running, and how they do."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, SheetQuery, sheet_response
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.lottery.campaigns import composing, running
from mall.lottery.desk import queries as staff_queries
from mall.lottery.desk.figures import figures
from mall.lottery.desk.schemas import (
    LotteryDraftInSchema,
    LotteryEndSchema,
    LotteryFiguresSchema,
    LotteryInSchema,
    LotteryPauseSchema,
    LotteryPreviewQuery,
    LotteryPreviewSchema,
    LotteryPublicationSchema,
    LotteryVersionInSchema,
    StaffDrawPageSchema,
    StaffDrawQuery,
    StaffListedLotteryPageSchema,
    StaffLotterySchema,
)
from mall.lottery.draws import winning
from mall.lottery.draws.queries import Row

blp = Blueprint("lottery_admin", __name__, url_prefix="/admin/api/v1", description="抽奖管理")
_ONE = "/lotteries/<id:lottery_id>"
_WRONG = (
    *("lottery_table_invalid", "lottery_times_invalid", "lottery_rule_unknown"),
    *("lottery_rule_bounded", "lottery_prize_is_chance", "lottery_not_priced", "reward_unknown"),
)
_REVIEWED = ("campaign_refused", "campaign_warned")
_RUNNING = ("lottery_not_found", "lottery_not_published", "lottery_over")


@blp.route("/lotteries", methods=["GET"])
@access.staff("lottery:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffListedLotteryPageSchema)
def list_lotteries(query: dict[str, Any]) -> Page[Row]:
    """All lotteries, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = staff_queries.lotteries(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/lotteries", methods=["POST"])
@access.staff("lottery:write")
@idempotent
@blp.arguments(LotteryInSchema)
@blp.response(201, StaffLotterySchema)
@blp.fails(*_WRONG)
def create_lottery(body: dict[str, Any]) -> Row:
    """A new draft."""
    return _shown(composing.create_lottery(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("lottery:read")
@blp.response(200, StaffLotterySchema)
@blp.fails("lottery_not_found")
def read_lottery(lottery_id: int) -> Row:
    """A lottery with its terms and what of them is used."""
    return _shown(lottery_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("lottery:write")
@idempotent
@blp.arguments(LotteryDraftInSchema)
@blp.response(200, StaffLotterySchema)
@blp.fails("lottery_not_found", "lottery_published", "lottery_changed", *_WRONG)
def change_draft(body: dict[str, Any], lottery_id: int) -> Row:
    """Other terms for a draft."""
    composing.change_draft(lottery_id, body.pop("replaces"), body)
    return _shown(lottery_id)


@blp.route(f"{_ONE}/publication", methods=["POST"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(LotteryPublicationSchema)
@blp.response(200, StaffLotterySchema)
@blp.fails("lottery_not_found", "lottery_published", "lottery_changed", *_WRONG, *_REVIEWED)
def publish(body: dict[str, Any], lottery_id: int) -> Row:
    """Publish a draft before its start: rules, odds, hash and commitment are public from now."""
    composing.publish(lottery_id, body["replaces"], accept_warnings=body["accept_warnings"])
    return _shown(lottery_id)


@blp.route(f"{_ONE}/versions", methods=["POST"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(LotteryVersionInSchema)
@blp.response(201, StaffLotterySchema)
@blp.fails(*_RUNNING, "lottery_changed", "lottery_not_in_favour", *_WRONG, *_REVIEWED)
@blp.fails("box_table_invalid")
def improve(body: dict[str, Any], lottery_id: int) -> Row:
    """A further version of a published lottery, in its shoppers' favour."""
    replaces, accept = body.pop("replaces"), body.pop("accept_warnings")
    composing.change_published(lottery_id, replaces, body, accept_warnings=accept)
    return _shown(lottery_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("lottery:publish")
@blp.arguments(LotteryPauseSchema)
@blp.response(200, StaffLotterySchema)
@blp.fails(*_RUNNING)
def pause(body: dict[str, bool], lottery_id: int) -> Row:
    """Let nobody draw for a while, or let it go on."""
    running.pause(lottery_id, body["paused"])
    return _shown(lottery_id)


@blp.route(f"{_ONE}/end", methods=["POST"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(LotteryEndSchema)
@blp.response(200, StaffLotterySchema)
@blp.fails(*_RUNNING)
def end(body: dict[str, str], lottery_id: int) -> Row:
    """End a lottery now, for a reason that is public; its secret is revealed."""
    running.end(lottery_id, body["reason"])
    return _shown(lottery_id)


@blp.route(f"{_ONE}/preview", methods=["GET"])
@access.staff("lottery:read")
@blp.arguments(LotteryPreviewQuery, location="query")
@blp.response(200, LotteryPreviewSchema)
@blp.fails("lottery_not_found", *_WRONG)
def preview(query: dict[str, int], lottery_id: int) -> Row:
    """What so many draws may cost: expected and worst."""
    return staff_queries.cost_preview(db.session(), lottery_id, query["draws"])


@blp.route(f"{_ONE}/figures", methods=["GET"])
@access.staff("lottery:read")
@blp.response(200, LotteryFiguresSchema)
@blp.fails("lottery_not_found")
def read_figures(lottery_id: int) -> Row:
    """Draws, wins, cost, odds seen against odds published."""
    return figures(db.session(), lottery_id)


@blp.route(f"{_ONE}/draws", methods=["GET"])
@access.staff("lottery:read")
@blp.arguments(StaffDrawQuery, location="query")
@blp.response(200, StaffDrawPageSchema)
@blp.fails("lottery_not_found")
def list_draws(query: dict[str, Any], lottery_id: int) -> Page[Row]:
    """Draws of a lottery, newest first: of a shopper, or with prizes that could not be given."""
    found = staff_queries.draws_of_lottery(
        db.session(),
        lottery_id,
        user_id=query.get("user_id"),
        refused=query["refused"],
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row["number"]])


@blp.route(f"{_ONE}/draws/<id:number>/prize", methods=["POST"])
@access.staff("lottery:publish")
@idempotent
@blp.response(204)
@blp.fails("lottery_draw_not_found", "lottery_prize_not_refused")
def give_prize(lottery_id: int, number: int) -> None:
    """Try to give a prize again that could not be given."""
    winning.give_refused(lottery_id, number)


@blp.route(f"{_ONE}/proofs", methods=["GET"])
@access.staff("lottery:read")
@blp.arguments(SheetQuery, location="query")
@blp.doc(**SHEETS)
@blp.fails("lottery_not_found")
def export_proofs(query: dict[str, str], lottery_id: int) -> Response:
    """The proof rows as a sheet."""
    rows = staff_queries.proof_sheet(lottery_id)
    stem = f"lottery-{lottery_id}-proofs"
    return sheet_response(query["format"], stem, staff_queries.PROOF_HEADER, rows)


def _shown(lottery_id: int) -> Row:
    with transaction() as session:
        return staff_queries.one_lottery(session, lottery_id)
