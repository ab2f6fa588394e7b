"""Lotteries for everybody (odds, hashes, winners, proof rows) and for the shopper who draws."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.lottery.chances.buying import buy_chances
from mall.lottery.draws import queries
from mall.lottery.draws.drawing import DrawView, draw
from mall.lottery.draws.queries import Row
from mall.lottery.draws.schemas import (
    BuyChancesSchema,
    ListedLotteryPageSchema,
    LotteryDrawInSchema,
    LotteryDrawPageSchema,
    LotteryDrawSchema,
    LotteryProofPageSchema,
    LotterySchema,
    LotteryStandingSchema,
    LotteryWinnerPageSchema,
)
from mall.lottery.proofs.rows import public_proofs
from mall.lottery.proofs.verifying import ProofRow

blp = Blueprint("lotteries", __name__, url_prefix="/api/v1", description="抽奖")
_ONE = "/lotteries/<id:lottery_id>"


@blp.route("/lotteries", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, ListedLotteryPageSchema)
def list_lotteries(query: dict[str, Any]) -> Page[Row]:
    """Lotteries that are published and not over, newest first."""
    found = queries.listed(db.session(), before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row["id"]])


@blp.route(_ONE, methods=["GET"])
@access.public
@blp.response(200, LotterySchema)
@blp.fails("lottery_not_found")
def read_lottery(lottery_id: int) -> Row:
    """The table with its odds, hashes and commitment; the secret once the lottery is over."""
    return queries.public_view(db.session(), lottery_id)


@blp.route(f"{_ONE}/winners", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, LotteryWinnerPageSchema)
@blp.fails("lottery_not_found")
def list_winners(query: dict[str, Any], lottery_id: int) -> Page[Row]:
    """Who won what, as it happens, newest first, with masked names."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.winners(db.session(), lottery_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["number"]])


@blp.route(f"{_ONE}/proofs", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, LotteryProofPageSchema)
@blp.fails("lottery_not_found")
def list_proofs(query: dict[str, Any], lottery_id: int) -> Page[ProofRow]:
    """The proof rows from the first: with the secret each outcome can be computed again."""
    after, limit = id_in(query.get("cursor")) or 0, query["limit"]
    found = public_proofs(db.session(), lottery_id, after=after, limit=limit)
    return page(found, limit, lambda row: [row.number])


@blp.route(f"{_ONE}/standing", methods=["GET"])
@access.shopper
@blp.response(200, LotteryStandingSchema)
@blp.fails("lottery_not_found")
def read_standing(lottery_id: int) -> Row:
    """My chances, my draws of today, and how far the guarantee is."""
    return queries.standing(db.session(), lottery_id, current_shopper().user_id)


@blp.route(f"{_ONE}/draws", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, LotteryDrawPageSchema)
@blp.fails("lottery_not_found")
def list_own_draws(query: dict[str, Any], lottery_id: int) -> Page[Row]:
    """My draws, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    user_id = current_shopper().user_id
    found = queries.draws_of(db.session(), lottery_id, user_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["number"]])


@blp.route(f"{_ONE}/draws", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(LotteryDrawInSchema)
@blp.response(201, LotteryDrawSchema)
@blp.fails("lottery_not_found", "lottery_not_started", "lottery_paused", "lottery_over")
@blp.fails("lottery_drawn_out", "lottery_budget_spent", "lottery_no_chance", "lottery_daily_cap")
@blp.fails("account_closed")
def draw_once(body: dict[str, str], lottery_id: int) -> DrawView:
    """Use one chance; the prize is given at once."""
    return draw(current_shopper().user_id, lottery_id, body["nonce"])


@blp.route(f"{_ONE}/chances", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(BuyChancesSchema)
@blp.response(201, LotteryStandingSchema)
@blp.fails("lottery_not_found", "lottery_over", "lottery_paused", "lottery_chance_not_sold")
@blp.fails("lottery_price_changed", "points_short", "account_closed")
@blp.fails("lottery_not_started", "box_age_unconfirmed", "box_daily_cap", "boxes_gone")
def buy(body: dict[str, Any], lottery_id: int) -> Row:
    """Buy chances with points, at the price that I saw; blind boxes, too."""
    user_id = current_shopper().user_id
    of_age = body["of_age"]
    buy_chances(user_id, lottery_id, body["count"], body["points"], of_age=of_age)
    return queries.standing(db.session(), lottery_id, user_id)
