"""What of boards needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.boards.models import BoardAward
from mall.kernel.invariants import AttentionList

REFUSED_PRIZES = AttentionList(
    "refused_board_prizes",
    "prizes of leaderboards that were due and could not be given",
    "排行榜应发而未能发出的奖品",
    select(BoardAward.board_id, BoardAward.rank, BoardAward.user_id, BoardAward.refusal)
    .where(BoardAward.refusal.is_not(None))
    .order_by(BoardAward.board_id, BoardAward.rank),
)
