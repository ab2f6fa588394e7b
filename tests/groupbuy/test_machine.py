"""Group-buy does what the plain model says, in any order of steps."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.groupbuy.books import COUPON_FEN, FREIGHT_FEN, FURTHER_FEN
from tests.groupbuy.hands import Place
from tests.groupbuy.machine import GroupMachine
from tests.groupbuy.moves import SHOPPERS
from tests.support.coupons import make_template
from tests.support.freight import make_freight_template, zone
from tests.support.orders import make_buyer
from tests.support.shop_time import other_time

# Few examples a seed: after some ten, hypothesis mostly repeats what it had.
SEEDS, EXAMPLES, STEPS = 4, 7, 1900
MOST_SEEDS = 12
"""Further seeds are played while something rare hasn't happened yet: what is picked also goes by
order numbers, which are drawn at random."""
RARE = (
    "join a formed team", "payment repeated", "payment returned", "unpaid close", "leave",
    "hand over", "leader's end", "remove", "form by hand", "fail by hand", "filled", "last tier",
    "full team closed", "forming to failed", "forming to settled", "formed to settled",
    "refund carried out", "settling waits", "rebate", "part of an order", "formed member out",
    "received, and all of it back", "part back after the rebate", "return after sending",
    "groupbuy:leave refund arrived", "groupbuy:team refund arrived", "retried", "canceled",
    "stock back", "GroupTeamFull", "GroupTeamOver",
)  # fmt: skip
"""What must have happened; else the run shows nothing of it."""
ALWAYS_ALIKE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=70,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_group_buy_and_the_model_agree(app: Flask) -> None:
    freight = zone(first_fen=FREIGHT_FEN, further_fen=FURTHER_FEN)
    make_freight_template(freight, is_default=True)
    with other_time():
        template_id = make_template(
            way="reward",
            amount_fen=COUPON_FEN,
            threshold_fen=1,
            valid_days=None,
            valid_from="2026-01-01T00:00:00+08:00",
            valid_to="2099-01-01T00:00:00+08:00",
        )
        buyers = [make_buyer() for _ in range(SHOPPERS + 1)]
        GroupMachine.place = Place(buyers, template_id)
        for number in range(MOST_SEEDS):
            if number >= SEEDS and not _missing():
                break
            run_state_machine_as_test(seed(number)(GroupMachine), settings=ALWAYS_ALIKE)
    assert GroupMachine.steps >= STEPS
    assert not _missing(), GroupMachine.seen


def _missing() -> list[str]:
    return [what for what in RARE if not GroupMachine.seen[what]]
