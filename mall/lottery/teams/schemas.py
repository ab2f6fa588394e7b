"""Shapes of draws of teams."""

from __future__ import annotations

from mall.kernel.http.schemas import Id, Schema


class ActivityLotterySchema(Schema):
    """The lottery of an activity's teams."""

    lottery_id = Id(required=True)
