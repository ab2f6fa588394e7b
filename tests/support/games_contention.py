"""What shoppers and the clock do to prizes, boxes and games, among all else (`contention.py`).

The goods that are given are those that orders sell, and the shoppers are those that buy: rewards
and orders meet at the same SKUs and the same accounts. Orders of boxes and prizes are paid, closed,
sent and refunded by the moves for all orders.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from mall.games.communities.hiding import claim_hidden_coupon
from mall.games.communities.joining import join
from mall.games.packets.opening import open_packet
from mall.games.pets.caring import feed
from mall.games.pets.naming import adopt
from mall.games.pets.settling import settle_stage
from mall.games.races.joining import join_team, match_team
from mall.games.races.leaving import leave_team
from mall.kernel.db import transaction
from mall.lottery.boxes.binding import bind_box
from mall.lottery.boxes.delivering import deliver_boxes, restock_boxes
from mall.lottery.boxes.ordering import order_boxes
from mall.lottery.draws.drawing import draw
from mall.prizes.claiming import claim
from mall.prizes.expiring import expire_due
from mall.rewards.confirming import confirm_for
from mall.rewards.granting import Source, grant
from mall.rewards.reversing import reverse_for
from tests.support.catalog import make_sku
from tests.support.communities import code_of, community, hidden
from tests.support.inventory import stock
from tests.support.lottery import begin, prize, published
from tests.support.packets import warm_campaign
from tests.support.pets import feed_rule, running_season, stage
from tests.support.prizes import goods_rule
from tests.support.team_races import code_of as code_of_team
from tests.support.team_races import make_team, points_rule, running_race
from tests.support.users import make_shopper

BOX_FEN = 2_000
POINTS = {"kind": "points", "count": 5}


@dataclass(frozen=True)
class Games:
    """What `make_games` made: ids, and codes that let somebody in."""

    goods_rules: list[int]
    points_rule: int
    box_lottery: int
    season: int
    feed_rule: int
    race: int
    race_codes: list[str]
    packets: int
    community_code: str
    phrase: str


def make_games(sku_ids: list[int], user_ids: list[int]) -> Games:
    """Prizes of these SKUs, boxes, and a game of each sort in which these shoppers are."""
    goods = [goods_rule(sku_id, 1, POINTS) for sku_id in sku_ids]
    won = [prize(rule_id, count=5_000, name=f"马克杯{rule_id}") for rule_id in goods]
    boxes = published(*won, tickets=5_000 * len(won))
    bind_box(boxes, stock(make_sku(BOX_FEN, "盲盒"), 100_000), None)
    begin(boxes)
    names = ("幼崽", "小猫", "大猫")
    given = (None, goods[0], goods[-1])
    stages = [
        stage(name, 20 * at, rule) for at, (name, rule) in enumerate(zip(names, given, strict=True))
    ]
    season, race = running_season(stages=stages, decay=0), running_race()
    for user_id in user_ids:
        adopt(user_id, season, "咪咪")
    teams = [make_team(race, make_shopper()[0]) for _ in range(3)]
    phrase = "芝麻芝麻快开门"
    hidden(phrase=phrase, places=100_000, rule_id=str(goods[0]))
    return Games(
        goods_rules=goods,
        points_rule=points_rule(),
        box_lottery=boxes,
        season=season,
        feed_rule=feed_rule(season, 3),
        race=race,
        race_codes=[code_of_team(team) for team in teams],
        packets=warm_campaign(packets=100_000),
        community_code=code_of(community()),
        phrase=phrase,
    )


@dataclass
class GamePlayer:
    """The moves of one process."""

    games: Games
    buyers: list[tuple[int, int]]
    chance: random.Random

    def promise(self) -> None:
        """Points and goods wait for the same fact."""
        user_id, _ = self.chance.choice(self.buyers)
        ground = f"contention:{self.chance.getrandbits(60)}"
        with transaction() as session:
            for rule_id in (self.games.points_rule, *self.games.goods_rules):
                grant(session, user_id, Source(rule_id, ground, ground), pending=True)

    def keep_promise(self) -> None:
        ground = self._some(_PROMISED)
        if ground is not None:
            with transaction() as session:
                confirm_for(session, ground.ground, cause="test")

    def take_rewards(self) -> None:
        ground = self._some(_GIVEN)
        if ground is not None:
            with transaction() as session:
                reverse_for(session, ground.ground, cause="test")

    def claim_prize(self) -> None:
        found = self._some(_UNCLAIMED)
        if found is not None:
            claim(found.user_id, found.id, dict(self.buyers)[found.user_id])

    def expire_prizes(self) -> None:
        found = self._some(_UNCLAIMED)
        if found is not None:
            with transaction() as session:
                session.execute(_LATE, {"id": found.id})
        expire_due()

    def buy_boxes(self) -> None:
        user_id, _ = self.chance.choice(self.buyers)
        units = self.chance.randint(1, 3)
        order_boxes(user_id, self.games.box_lottery, units, units * BOX_FEN, of_age=True)

    def deliver_boxes(self) -> None:
        """Those of a paid order are chances; those that came back are for sale again."""
        if paid := self._some(_BOXES_PAID):
            deliver_boxes(order_no=paid.order_no)
        if refunded := self._some(_BOXES_BACK):
            restock_boxes(order_no=refunded.order_no)

    def open_box(self) -> None:
        held = self._some(_BOXED)
        if held is not None:
            draw(held.user_id, held.lottery_id, f"{self.chance.getrandbits(64):016x}")

    def feed_pet(self) -> None:
        user_id, _ = self.chance.choice(self.buyers)
        event = f"contention:{self.chance.getrandbits(60)}"
        with transaction() as session:
            grant(session, user_id, Source(self.games.feed_rule, event))
        feed(user_id, self.games.season, 1)

    def settle_pet(self) -> None:
        pet = self._some(_PETS)
        if pet is not None:
            settle_stage(pet.id, self.chance.choice((1, 2)))

    def race(self) -> None:
        """Into a team, or out of it."""
        user_id, _ = self.chance.choice(self.buyers)
        code = self.chance.choice(self.games.race_codes)
        moves: tuple[Callable[[], object], ...] = (
            lambda: join_team(user_id, self.games.race, code),
            lambda: match_team(user_id, self.games.race),
            lambda: leave_team(user_id, self.games.race),
        )
        self.chance.choice(moves)()

    def come_in(self) -> None:
        """Somebody new opens a packet, joins a community and finds what it hides."""
        user_id, _ = make_shopper()
        open_packet(user_id, self.games.packets)
        join(user_id, self.games.community_code)
        claim_hidden_coupon(user_id, self.games.phrase)

    def operations(self) -> list[tuple[Callable[[], None], int]]:
        """What it does, and how often."""
        return [
            *((self.promise, 8), (self.keep_promise, 8), (self.take_rewards, 6)),
            *((self.claim_prize, 7), (self.expire_prizes, 4)),
            *((self.buy_boxes, 8), (self.deliver_boxes, 6), (self.open_box, 8)),
            *((self.feed_pet, 5), (self.settle_pet, 5), (self.race, 6), (self.come_in, 4)),
        ]

    def _some(self, rows: Any) -> Any:
        with transaction() as session:
            found = session.execute(rows).all()
        return self.chance.choice(found) if found else None


_OF_GROUNDS = """
    SELECT DISTINCT ground FROM (
        SELECT ground FROM reward_grants WHERE ground LIKE 'contention:%' AND status = '{}'
        ORDER BY id DESC LIMIT 30
    ) g
"""
_PROMISED, _GIVEN = text(_OF_GROUNDS.format("pending")), text(_OF_GROUNDS.format("granted"))
_UNCLAIMED = text(
    """
    SELECT id, user_id FROM prize_claims c WHERE state = 'waiting_address'
      AND EXISTS (SELECT FROM addresses a WHERE a.user_id = c.user_id) ORDER BY id DESC LIMIT 30
    """
)
_LATE = text("UPDATE prize_claims SET claim_by = clock_timestamp() WHERE id = :id")
_BOXES_PAID = text(
    """
    SELECT o.order_no FROM box_orders b JOIN orders o ON o.id = b.order_id
    WHERE o.status = 'paid' ORDER BY o.id DESC LIMIT 20
    """
)
_BOXES_BACK = text(
    """
    SELECT o.order_no FROM box_orders b JOIN orders o ON o.id = b.order_id
    WHERE b.back > b.freed ORDER BY o.id DESC LIMIT 20
    """
)
_BOXED = text("SELECT lottery_id, user_id FROM lottery_chances WHERE boxed > 0 LIMIT 50")
_PETS = text("SELECT id FROM pets ORDER BY id LIMIT 50")
