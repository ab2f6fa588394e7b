"""The pure rules: tables, odds, what draws bring."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from mall.lottery.campaigns.building import table_faults
from mall.lottery.desk.figures import Seen, p_value
from mall.lottery.rules.outcomes import commitment_to, outcome, random_number, uniform
from mall.lottery.rules.table import (
    THANKS,
    Guarantee,
    Pool,
    Table,
    canonical,
    digest,
    full_pool,
    odds,
    ppm,
    read_table,
)
from tests.lottery.tables import COMMITMENT, MIXED, SECRET, nothing, sound_tables, table, won

# -- the table ------------------------------------------------------------------------------


def test_the_canonical_json_is_stable() -> None:
    """What was hashed once has this hash for ever."""
    assert canonical(table(won(weight=1), nothing())) == (
        '{"budget_fen":null,"commitment":"' + COMMITMENT + '","daily_draws":null,'
        '"ends_at":"2031-02-01T00:00:00+00:00","guarantee":null,"lottery_id":7,"name":"抽奖",'
        '"price_points":null,"prizes":[{"count":null,"kind":"reward","name":"积分","reward":'
        '[{"count":10,"kind":"points","what":""}],"rule_id":1,"weight":1,"worth_fen":10},'
        '{"count":null,"kind":"thanks","name":"谢谢参与","reward":[],"rule_id":null,"weight":1,'
        '"worth_fen":0}],"starts_at":"2031-01-01T00:00:00+00:00","text":"规则","tickets":null,'
        '"version":1}'
    )
    assert commitment_to(SECRET) == COMMITMENT


@given(sound_tables())
def test_a_table_reads_as_it_was_written(one: Table) -> None:
    assert read_table(canonical(one)) == one
    assert digest(canonical(one)) != digest(canonical(replace(one, version=2)))


@given(sound_tables())
def test_odds_add_up_to_one(one: Table) -> None:
    assert sum(odds(one)) == 1


def test_odds_of_counts_and_weights() -> None:
    assert odds(MIXED) == [Fraction(2, 100), Fraction(98 * 3, 1000), Fraction(98 * 7, 1000)]
    assert odds(MIXED, Pool(99, (1, 0, 0))) == [1, 0, 0]
    assert odds(MIXED, Pool(100, (0, 0, 0))) == [0, 0, 0]
    assert ppm(odds(MIXED)[1]) == 294_000


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (table(won(weight=1), nothing(), nothing()), "最多设置一个"),
        (table(won(weight=1), replace(nothing(), worth_fen=1)), "谢谢参与只设权重"),
        (table(won(weight=1), replace(nothing(), weight=None, count=1), tickets=1), "只设权重"),
        (table(won(count=1), nothing()), "抽奖总次数"),
        (table(won(weight=1), tickets=5), "抽奖总次数"),
        (table(won(count=6), nothing(), tickets=5), "不能超过"),
        (table(won(count=4), tickets=5), "须有按权重"),
        (table(won(weight=0)), "须有按权重"),
        (table(won(weight=0), nothing()), "至少有一个"),
        (table(won(weight=1), guarantee=Guarantee(2, 0)), "没有谢谢参与"),
        (table(won(weight=1), nothing(), guarantee=Guarantee(2, 5)), "不存在"),
        (table(won(weight=1), nothing(), guarantee=Guarantee(2, 1)), "保底奖品须为"),
        (
            table(won(count=1), nothing(), tickets=2, guarantee=Guarantee(2, 0)),
            "保底奖品须为",
        ),
    ],
)
def test_what_is_no_table(one: Table, fault: str) -> None:
    assert any(fault in said for said in table_faults(one))


# -- drawing --------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32), st.integers(1, 10**9))
def test_a_number_is_in_its_range(number: bytes, below: int) -> None:
    assert 0 <= uniform(number, "x", below) < below


def test_the_incomplete_last_run_of_residues_is_thrown_away() -> None:
    """Of 2^256 values 2^256 - 2^255 - 1 would be left over: half of the attempts are thrown away,
    and the mean of what remains is that of an even spread."""
    below = 2**255 + 1
    drawn = [uniform(SECRET, str(one), below) for one in range(2_000)]
    assert max(drawn) < below
    assert abs(sum(drawn) / 2_000 / below - 0.5) < 0.03
    for wrong in (0, -1, 2**256 + 1):
        with pytest.raises(ValueError, match="no numbers"):
            uniform(SECRET, "x", wrong)


def test_random_numbers_depend_on_all_that_names_the_draw() -> None:
    seen = {
        random_number(SECRET, *one)
        for one in [
            *((7, 1, 1, "a"), (8, 1, 1, "a"), (7, 2, 1, "a"), (7, 1, 2, "a"), (7, 1, 1, "b")),
        ]
    }
    assert len(seen) == 5


@given(sound_tables(), st.integers(0, 2**32), st.integers(1, 3))
@settings(max_examples=60)
def test_any_run_keeps_to_the_table(one: Table, seed: int, shoppers: int) -> None:
    """Counts are exact at the last ticket, never passed before; the guarantee is never missed."""
    drawn, dry = Counter[int](), Counter[int]()
    pool = full_pool(one)
    chance = random.Random(seed)
    for number in range(1, (one.tickets or 40) + 1):
        who = chance.randrange(shoppers)
        came = outcome(one, pool, dry[who], random_number(SECRET, 7, 1, number, str(seed)))
        if one.prizes[came.prize].kind == THANKS:
            dry[who] += 1
            assert one.guarantee is None or dry[who] < one.guarantee.draws
        else:
            dry[who] = 0
        assert not came.guaranteed or one.guarantee is not None
        drawn[came.prize] += 1
        pool = came.pool
        for place, prize in enumerate(one.prizes):
            if prize.count is not None:
                assert pool.left[place] == prize.count - drawn[place] >= 0
    if one.tickets is not None:
        assert not any(pool.left)


def test_four_thousand_draws_fit_the_odds() -> None:
    """Counted prizes are exact; the weighted ones lie where a chi-square test lets them lie."""
    weights = (5, 45, 150, 800)
    prizes = (won(count=40), *(won(weight=one) for one in weights[:-1]), nothing(weights[-1]))
    one = table(*prizes, tickets=4_000)
    pool, drawn = full_pool(one), Counter[int]()
    for number in range(1, 4_001):
        came = outcome(one, pool, 0, random_number(SECRET, 7, 1, number, "n"))
        drawn[came.prize] += 1
        pool = came.pool
    assert drawn[0] == 40
    expected = [3_960 * weight / 1_000 for weight in weights]
    found = scipy.stats.chisquare([drawn[place] for place in range(1, 5)], expected)
    assert found.pvalue > 0.001
    assert p_value({1: one}, {1: Seen(drawn=drawn)}) == pytest.approx(found.pvalue)


def test_a_crooked_run_is_seen() -> None:
    """A prize that came a third more often than it should."""
    one = table(won(weight=1), nothing(9))
    crooked = Seen(drawn=Counter({0: 1_333, 1: 8_667}))
    assert (p_value({1: one}, {1: crooked}) or 0) < 1e-6
    assert p_value({1: one}, {1: Seen(drawn=Counter({0: 1, 1: 9}))}) is None, "too few to tell"
