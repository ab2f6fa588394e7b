"""Seasons and pets for tests, made as staff and shoppers would make them."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Flask, current_app
from sqlalchemy import text

from mall.games.pets.admin_schemas import PetSeasonInSchema
from mall.games.pets.caring import feed, water_friend
from mall.games.pets.composing import create_season, publish
from mall.games.pets.naming import adopt
from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.rewards.commands import create_rule
from mall.rewards.granting import Source, grant
from mall.rewards.schemas import RewardRuleInSchema
from mall.sharing.shares.opening import open_share, share_page
from tests.support.coupons import make_template
from tests.support.users import make_shopper

SEASONS, ADMIN, SHARED = (
    "/api/v1/pet-seasons",
    "/admin/api/v1/pet-seasons",
    "/api/v1/shared-pets",
)
POINTS = (0, 50, 100)
"""What the stages of `season_terms` give."""
THRESHOLDS = (0, 20, 60)
_events = itertools.count()


class Friend(NamedTuple):
    """A friend who opened the page of a pet, and the token of it."""

    user_id: int
    token: str


def points_rule(points: int, **more: Any) -> int:
    """A rule that gives points: its id."""
    return _rule({"kind": "points", "count": points}, **more)


def coupon_rule(**more: Any) -> int:
    """A rule that gives a coupon of a template of its own."""
    return _rule({"kind": "coupon", "what": str(make_template(way="reward")), "count": 1}, **more)


def feed_rule(season_id: int, count: int = 1) -> int:
    """A rule that gives feed, and a point beside it."""
    part = {"kind": "feed", "what": str(season_id), "count": count}
    body = {"name": "饲料", "reward": [part, {"kind": "points", "count": 1}]}
    return create_rule(**RewardRuleInSchema().load(body)).id


def _rule(part: dict[str, Any], **more: Any) -> int:
    body = {"name": "养成奖励", "reward": [part], **more}
    return create_rule(**RewardRuleInSchema().load(body)).id


def stage(name: str, threshold: int, rule_id: int | None = None, **more: Any) -> dict[str, Any]:
    """The JSON of a stage."""
    rule = None if rule_id is None else str(rule_id)
    return {"name": name, "threshold": threshold, "rule_id": rule, **more}


def season_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a season that starts in an hour and runs for a month: a portion is worth ten."""
    now = utc_now()
    if "stages" not in more:
        names = ("幼崽", "小猫", "大猫")
        more["stages"] = [
            stage(name, threshold, points_rule(points) if points else None)
            for name, threshold, points in zip(names, THRESHOLDS, POINTS, strict=True)
        ]
    return {
        "name": "养猫",
        "text": "完成任务得饲料，喂养得成长值。",
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        "feed_growth": 10,
        "water_growth": 5,
        "friend_growth": 2,
        "friend_waterings": 3,
        "decay": 3,
        "grace_days": 1,
        **more,
    }


def season_draft(**more: Any) -> int:
    return create_season(PetSeasonInSchema().load(season_terms(**more)))


def published_season(**more: Any) -> int:
    """A season that is published and hasn't begun."""
    season_id = season_draft(**more)
    publish(season_id, 1, accept_warnings=True)
    return season_id


def running_season(**more: Any) -> int:
    season_id = published_season(**more)
    begin_season(season_id)
    return season_id


def begin_season(season_id: int) -> None:
    """Its start is now, whatever was published."""
    _shift(season_id, "starts_at = now() - interval '1 second'")


def finish_season(season_id: int) -> None:
    """Its time is over."""
    _shift(season_id, "ends_at = now() - interval '1 second'")


def portions(user_id: int, season_id: int, count: int = 1) -> int:
    """Give a shopper feed as a reward: the grant's id."""
    rule_id = feed_rule(season_id, count)
    with transaction() as session:
        return grant(session, user_id, Source(rule_id, f"test:{next(_events)}")).id


def keeper(season_id: int, count: int = 0) -> int:
    """A new shopper with a pet and so much feed."""
    user_id, _ = make_shopper()
    adopt(user_id, season_id, "咪咪")
    if count:
        portions(user_id, season_id, count)
    return user_id


def fed(user_id: int, season_id: int, count: int) -> None:
    """Give portions and feed them."""
    portions(user_id, season_id, count)
    feed(user_id, season_id, count)


def pet_id_of(user_id: int, season_id: int) -> int:
    return int(pet_row(user_id, season_id).id)


def pet_row(user_id: int, season_id: int) -> Any:
    """What is stored of a shopper's pet."""
    query = text("SELECT * FROM pets WHERE user_id = :user_id AND season_id = :season_id")
    with transaction() as session:
        return session.execute(query, {"user_id": user_id, "season_id": season_id}).one()


def friend_of(user_id: int, season_id: int) -> Friend:
    """A new shopper who opened the page of a pet that its owner shared."""
    token = share_page(user_id, "pet", pet_id_of(user_id, season_id)).token
    friend_id, _ = make_shopper()
    open_share(friend_id, token)
    return Friend(friend_id, token)


def helped(friend: Friend) -> None:
    water_friend(friend.user_id, friend.token)


def settle_stages(app: Flask | None = None) -> None:
    """Let the rewards of stages follow."""
    db.session.remove()
    run_pending(app or current_app._get_current_object())  # type: ignore[attr-defined]


def stage_grants(user_id: int, season_id: int) -> list[tuple[str, str]]:
    """Event and status of the rewards of a pet's stages, the oldest first; its id as `#`."""
    pet_id = pet_id_of(user_id, season_id)
    query = text(
        "SELECT replace(event, 'pet:' || :pet_id || ':', '#') AS event, status FROM reward_grants"
        " WHERE ground LIKE 'pet:' || :pet_id || ':%' ORDER BY id"
    )
    with transaction() as session:
        rows = session.execute(query, {"pet_id": str(pet_id)}).all()
    return [(row.event, row.status) for row in rows]


def season_days_pass(count: int = 1) -> None:
    """What was done for pets so far is `count` days older. The sources of waterings name
    their day: they change in two steps, so that none meets the place of another."""
    columns = {"pets": ("adopted_on", "as_of"), "pet_entries": ("day",)}
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for table, names in columns.items():
            changes = ", ".join(f"{name} = {name} - {count}" for name in names)
            session.execute(text(f"UPDATE {table} SET {changes}"))
        session.execute(
            text(
                "UPDATE pet_season_pauses SET first_day = first_day - :n, last_day = last_day - :n"
            ),
            {"n": count},
        )
        for source in (
            "'old ' || source",
            r"regexp_replace(substr(source, 5), '\d{4}-\d\d-\d\d$', CAST(day AS text))",
        ):
            session.execute(
                text(f"UPDATE pet_entries SET source = {source} WHERE kind IN ('water', 'friend')")
            )
    db.session.rollback()


def careless_days_pass(count: int) -> None:
    """All of it, and the lapses that messages are about, are `count` days older."""
    season_days_pass(count)
    day = "CAST(split_part(ref, ':', 2) AS date)"
    with transaction() as session:
        session.execute(text(f"UPDATE pets SET changed_at = changed_at - interval '{count} days'"))
        session.execute(
            text(f"UPDATE messages SET ref = split_part(ref, ':', 1) || ':' || ({day} - {count})")
        )


def pet_ids(user_id: int) -> dict[str, str]:
    """A running season in which this shopper has a pet and feed, and a draft; for placeholders."""
    season_id = running_season()
    adopt(user_id, season_id, "咪咪")
    portions(user_id, season_id, 5)
    friend = keeper(season_id)
    token = share_page(friend, "pet", pet_id_of(friend, season_id)).token
    open_share(user_id, token)
    return {
        "pet_season_id": str(season_id),
        "pet_season_draft_id": str(season_draft()),
        "pet_id": str(pet_id_of(user_id, season_id)),
        "pet_token": token,
    }


def _shift(season_id: int, change: str) -> None:
    with transaction() as session:
        session.execute(text(f"UPDATE pet_seasons SET {change} WHERE id = :id"), {"id": season_id})
    db.session.rollback()
