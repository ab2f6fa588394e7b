"""How much speaks against the likes of a show: pure arithmetic over what was counted. Weights are
data, and the highest step that is reached counts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

Steps = tuple[tuple[int, int], ...]
"""(from how many percent of the likers on, points), the highest first."""
WEIGHTS: Mapping[str, Steps] = {
    "new_accounts": ((80, 40), (50, 25)),
    "wechat_risk": ((30, 60), (10, 35)),
    "burst": ((90, 20),),
    "regulars": ((50, 35), (25, 20)),
    "gone_accounts": ((30, 60), (10, 30)),
}
LABELS = {
    "new_accounts": "开启晒单之后注册的好友（%）",
    "wechat_risk": "微信风险等级高的好友（%）",
    "burst": "十分钟内集中点赞（%）",
    "regulars": "还点赞过三条以上其他晒单的好友（%）",
    "gone_accounts": "点赞后注销帐号的好友（%）",
}
MOST = 100
_COUNT = text(
    """
    WITH likes AS (
        SELECT l.user_id, l.created_at, u.created_at >= s.created_at AS new, u.risk_rank,
            (SELECT count(*) FROM (
                SELECT FROM cashback_likes o
                WHERE o.user_id = l.user_id AND o.show_id <> l.show_id LIMIT 3) other) AS others,
            count(*) OVER (ORDER BY l.created_at
                RANGE BETWEEN CURRENT ROW AND interval '10 minutes' FOLLOWING) AS near
        FROM cashback_likes l JOIN cashback_shows s ON s.id = l.show_id
        LEFT JOIN users u ON u.id = l.user_id
        WHERE l.show_id = :show_id
    )
    SELECT 100 * count(*) FILTER (WHERE new) / count(*) AS new_accounts,
        100 * count(*) FILTER (WHERE risk_rank >= 3) / count(*) AS wechat_risk,
        CASE WHEN count(*) >= 5 THEN 100 * max(near) / count(*) ELSE 0 END AS burst,
        100 * count(*) FILTER (WHERE others >= 3) / count(*) AS regulars,
        100 * count(*) FILTER (WHERE user_id IS NULL) / count(*) AS gone_accounts
    FROM likes HAVING count(*) > 0
    """
)


def score(counts: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """The score of what was counted, 0 to 100, and the points of each reason."""
    reasons = {
        name: points
        for name, steps in WEIGHTS.items()
        if (points := _points(counts.get(name, 0), steps))
    }
    return min(MOST, sum(reasons.values())), reasons


def counts_of(session: Session, show_id: int) -> dict[str, int]:
    """What is known of the likes of a show, by the names of WEIGHTS."""
    row = session.execute(_COUNT, {"show_id": show_id}).mappings().one_or_none()
    return {name: int(count) for name, count in (row or {}).items()}


def _points(count: int, steps: Steps) -> int:
    return next((points for at_least, points in steps if count >= at_least), 0)
