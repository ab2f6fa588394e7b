"""Drawing the lots of a campaign at its time, once; then giving the prizes, each once.

The draw is one transaction with the campaign's row locked. Prizes follow in transactions of their
own: once are they by the key of `reward_grants` (rule, event, shopper).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import db, db_now, transaction
from mall.kernel.errors import MallError
from mall.kernel.failpoints import around_commit
from mall.kernel.sealed import sealer
from mall.lottery import metrics
from mall.lottery.lots.composing import lock_campaign, set_campaign
from mall.lottery.lots.models import SEALED_FOR, LotCampaign, LotEntry, LotWin
from mall.lottery.lots.rules import Lot, draw_lots, hash_of, public_terms
from mall.rewards.granters import read_reward
from mall.rewards.granting import Source, grant

_DUE = text(
    """
    SELECT id FROM lot_campaigns
    WHERE published_at IS NOT NULL AND drawn_at IS NULL AND canceled_at IS NULL
      AND draws_at <= now()
    ORDER BY id
    """
)
# Whose review stands as the terms ask for, and whose account is open.
_ELIGIBLE = text(
    """
    SELECT e.number, e.alias, e.nonce FROM lot_entries e
    JOIN reviews r ON r.id = e.review_id AND r.user_id = e.user_id
    JOIN users u ON u.id = e.user_id
    WHERE e.campaign_id = :campaign_id AND r.status = 'approved' AND NOT r.order_refunded
      AND cardinality(r.pictures) >= :min_pictures AND u.closed_at IS NULL
    ORDER BY e.number
    """
)
_UNGIVEN = text(
    """
    SELECT w.campaign_id, w.place FROM lot_wins w
    JOIN lot_entries e ON e.campaign_id = w.campaign_id AND e.number = w.number
    JOIN users u ON u.id = e.user_id AND u.closed_at IS NULL
    WHERE w.grant_id IS NULL AND (w.refusal IS NULL OR :again)
      AND (w.campaign_id, w.place) > (:campaign_id, :place)
    ORDER BY w.campaign_id, w.place LIMIT :most
    """
)
_BATCH = 100


def draw_due() -> int:
    """Draw the lots of every campaign whose time has come; how many. Safe to repeat."""
    with transaction() as session:
        due = session.scalars(_DUE).all()
    return sum(draw_campaign(campaign_id) for campaign_id in due)


def draw_campaign(campaign_id: int) -> bool:
    """Draw the lots of one campaign and reveal its secret; False when that isn't due (any more)."""
    with transaction() as session:
        around_commit(session, "lots.before_draw_commit", "lots.after_draw_commit")
        campaign = lock_campaign(session, campaign_id)
        if not _is_due(campaign, session):
            return False
        secret = sealer().open(campaign.secret_sealed or b"", SEALED_FOR)
        lots = _eligible(session, campaign)
        counts = [one["count"] for one in campaign.terms["prizes"]]
        drawn = draw_lots(bytes.fromhex(secret), campaign_id, lots, counts)
        set_campaign(
            session,
            campaign_id,
            drawn_at=func.clock_timestamp(),
            secret=secret,
            eligible=[one.number for one in lots],
            entries_digest=hash_of(lots),
        )
        wins = [
            {"campaign_id": campaign_id, "place": one.place, "number": one.number}
            | {"prize": one.prize}
            for one in drawn
        ]
        if wins:
            session.execute(insert(LotWin), wins)
        return True


def give_prizes(*, again: bool = False) -> int:
    """Give every prize that was won and not given, each in a transaction of its own; how many were
    tried. `again`: those that were refused, too. Safe to repeat."""
    tried, last = 0, (0, 0)
    while True:
        values = {"campaign_id": last[0], "place": last[1], "most": _BATCH, "again": again}
        due = db.session.execute(_UNGIVEN, values).all()
        db.session.rollback()
        for row in due:
            give_prize(row.campaign_id, row.place)
        tried += len(due)
        if len(due) < _BATCH:
            return tried
        last = (due[-1].campaign_id, due[-1].place)


def give_prize(campaign_id: int, place: int) -> None:
    """Give one prize, or note why it was refused; twice is once. Locks the win."""
    with transaction() as session:
        around_commit(session, "lots.before_prize_commit", "lots.after_prize_commit")
        won: Any = session.execute(
            select(LotWin.prize, LotEntry.user_id, LotCampaign.canonical)
            .join(
                LotEntry,
                (LotEntry.campaign_id == LotWin.campaign_id) & (LotEntry.number == LotWin.number),
            )
            .join(LotCampaign, LotCampaign.id == LotWin.campaign_id)
            .where(LotWin.campaign_id == campaign_id, LotWin.place == place)
            .where(LotWin.grant_id.is_(None))
            .with_for_update(of=LotWin, key_share=True)
        ).one_or_none()
        if won is None:
            return
        session.execute(
            update(LotWin)
            .where(LotWin.campaign_id == campaign_id, LotWin.place == place)
            .values(**_try(session, won, campaign_id, place))
            .execution_options(synchronize_session=False)
        )


def event_of(campaign_id: int, place: int) -> str:
    """What a prize is given for."""
    return f"lots:{campaign_id}:{place}"


def _is_due(campaign: LotCampaign, session: Session) -> bool:
    over = campaign.drawn_at is not None or campaign.canceled_at is not None
    return campaign.published_at is not None and not over and campaign.draws_at <= db_now(session)


def _eligible(session: Session, campaign: LotCampaign) -> Sequence[Lot]:
    whose = {"campaign_id": campaign.id, "min_pictures": campaign.terms["min_pictures"]}
    return [Lot(*row) for row in session.execute(_ELIGIBLE, whose)]


def _try(session: Session, won: Any, campaign_id: int, place: int) -> dict[str, Any]:
    """The grant, or why it was refused. A refusal undoes only itself."""
    prize = public_terms(won.canonical)["prizes"][won.prize]
    source = Source(prize["rule_id"], event_of(campaign_id, place))
    try:
        with session.begin_nested():
            made = grant(session, won.user_id, source, read_reward(prize["reward"]))
    except MallError as refused:
        metrics.PRIZES.labels("refused").inc()
        return {"refusal": refused.code}
    metrics.PRIZES.labels("given").inc()
    return {"grant_id": made.id, "refusal": None}
