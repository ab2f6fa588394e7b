"""The score of an invitee: what counts how much."""

from __future__ import annotations

import pytest

from mall.referral.screening.scoring import LABELS, WEIGHTS, score
from mall.referral.screening.traits import plain


@pytest.mark.parametrize(
    ("counts", "points"),
    [
        ({}, 0),
        ({"device_shared": 1}, 0),
        ({"device_shared": 2}, 35),
        ({"device_shared": 3}, 60),
        ({"device_shared": 50}, 80),
        ({"address_shared": 2}, 0),
        ({"address_shared": 3, "phone_shared": 2}, 60),
        ({"inviter_burst": 60}, 25),
        ({"inviter_burst": 60, "hasty_order": 1, "phone_range": 5}, 45),
        ({"wechat_risk": 4}, 60),
        ({"device_shared": 9, "address_shared": 9, "refunded": 1}, 100),
        ({"nothing_known": 9}, 0),
    ],
)
def test_what_counts_how_much(counts: dict[str, int], points: int) -> None:
    made = score(counts)
    assert made.points == points
    assert sum(made.reasons.values()) >= points


def test_each_reason_grows_with_its_count_and_has_a_name() -> None:
    assert set(WEIGHTS) == set(LABELS)
    for steps in WEIGHTS.values():
        assert list(steps) == sorted(steps, reverse=True)
        assert [points for _, points in steps] == sorted((p for _, p in steps), reverse=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [("文三路 1 号", "文三路1号"), ("ＡＢ座－３０１", "ab座301"), ("1号 2幢", "1号，2幢")],
)
def test_an_address_is_one_however_it_is_written(one: str, other: str) -> None:
    assert plain(one) == plain(other)
    assert plain("文三路 1 号") != plain("文三路 2 号")
