"""Drawing lots: pure."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from mall.lottery.lots.rules import Lot, draw_lots, hash_of
from mall.lottery.rules.outcomes import uniform

SECRET = bytes(range(32))


def lots(count: int) -> list[Lot]:
    return [Lot(number, f"a{number}", f"n{number}") for number in range(1, count + 1)]


@given(st.integers(0, 60), st.lists(st.integers(1, 12), min_size=1, max_size=5), st.binary())
def test_each_entry_wins_once_at_most(count: int, counts: list[int], secret: bytes) -> None:
    drawn = draw_lots(secret, 7, lots(count), counts)
    assert len(drawn) == min(count, sum(counts))
    assert len({one.number for one in drawn}) == len(drawn)
    assert [one.place for one in drawn] == list(range(1, len(drawn) + 1))
    assert [one.prize for one in drawn] == sorted(one.prize for one in drawn)
    assert all(Counter(one.prize for one in drawn)[at] <= most for at, most in enumerate(counts))


def test_another_nonce_draws_another() -> None:
    """What any shopper chose changes all that is drawn: the shop can't know it before."""
    entries = lots(1_000)
    other = [Lot(one.number, one.alias, "x" if one.number == 500 else one.nonce) for one in entries]
    assert hash_of(entries) != hash_of(other)
    assert draw_lots(SECRET, 7, entries, [10]) != draw_lots(SECRET, 7, other, [10])


def test_by_hand() -> None:
    """As the docs say it."""
    entries = lots(5)
    lines = "1:a1:n1\n2:a2:n2\n3:a3:n3\n4:a4:n4\n5:a5:n5\n"
    digest = hashlib.sha256(lines.encode()).hexdigest()
    left, expected = [1, 2, 3, 4, 5], []
    for place in (1, 2):
        random = hmac.digest(SECRET, f"lots:7:{digest}:{place}".encode(), "sha256")
        expected.append(left.pop(uniform(random, "entry", len(left))))
    assert [one.number for one in draw_lots(SECRET, 7, entries, [1, 1])] == expected


def test_each_as_likely_as_the_others() -> None:
    """6,000 campaigns of twelve entries: the first prize goes to each as often."""
    won = Counter(draw_lots(SECRET, one, lots(12), [1])[0].number for one in range(6_000))
    assert chisquare([won[number] for number in range(1, 13)]).pvalue > 0.001
