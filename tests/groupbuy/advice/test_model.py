"""The advice's model against what is known of it: by hand, by formula, by playing it out."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from scipy.special import expit

from mall.groupbuy.advice.model.arrivals import fit_arrivals
from mall.groupbuy.advice.model.fitting import Learned, learn, missing, price_levels
from mall.groupbuy.advice.model.history import History, PastTeam, VisitCell
from mall.groupbuy.advice.model.joining import PRIOR, fit_joining
from mall.groupbuy.advice.model.outcomes import Chances, Fitted, births, outcome
from mall.groupbuy.advice.model.picking import pick_starts, set_for
from mall.groupbuy.advice.model.proposing import Bounds, Market, candidates, propose
from mall.groupbuy.advice.model.rates import PerExposure, gamma_points, per_exposure, share
from mall.groupbuy.advice.model.reach import Reach, fit_reach
from mall.groupbuy.advice.model.terms import Costs, Good, Schedule

TIERS = Schedule((2, 5, 9), (1_000, 2_000, 3_000))
COSTS = Costs((Good(1, 10_000, 5_000),), fee_bp=60, failed_team_fen=500)


def fitted(
    *, strangers: float = 4.0, friends: float = 0.2, tied: float = 0.4, price: float = 0.3
) -> Fitted:
    """A model with these coefficients."""
    cells = [VisitCell(1_000, 2, False, 4_000, 800)]
    joining = fit_joining(cells)
    exact = type(joining)(-2.0, price, -0.1, 0.5, joining.covariance)
    reach = Reach(*(PerExposure(one, 1_000.0) for one in (tied, strangers, friends)), evenness=2.0)
    return Fitted(reach, exact, 1.0)


def learned(model: Fitted | None = None) -> Learned:
    """The model with times of visits, fitted to visits that come evenly."""
    teams = [PastTeam(3, 10, 24, 1, 3, 3)] * 50
    arrivals = fit_arrivals(teams, {(age, (10 + age) % 24): 20 for age in range(24)})
    return Learned(model or fitted(), arrivals, least_bp=500, most_bp=4_000)


def test_births_of_one_rate_are_a_poisson_variable_that_is_cut() -> None:
    ends = births([3.0] * 6)
    poisson = [math.exp(-3) * 3**n / math.factorial(n) for n in range(6)]
    assert ends == pytest.approx([*poisson, 1 - sum(poisson)], abs=1e-6)
    assert births([]) == [1.0]
    assert births([0.0, 0.0]) == [1.0, 0.0, 0.0]


def test_births_of_changing_rates_are_what_playing_them_gives() -> None:
    rates, rng = [0.4, 2.0, 0.1, 5.0], Random(5)
    met: Counter[int] = Counter()
    for _ in range(20_000):
        born, passed = 0, rng.expovariate(rates[0])
        while passed < 1 and (born := born + 1) < len(rates):
            passed += rng.expovariate(rates[born])
        met[born] += 1
    for born, chance in enumerate(births(rates)):
        assert met[born] / 20_000 == pytest.approx(chance, abs=0.012)


def test_an_outcome_adds_up_by_hand() -> None:
    """One certain crowd, one tier of two: the leader's partner comes or doesn't."""
    model, one = fitted(), Schedule((2,), (1_000,))
    found = outcome(one, [(2.0, 1.0)], Chances(model.joining), COSTS, 1.5)
    comes = model.joining.chance(1_000, 1, tied=True) * 2
    comes += model.joining.chance(1_000, 1, tied=False)
    formed = 1 - math.exp(-comes)
    assert found.chances == pytest.approx((0, 1 - formed, formed))
    assert found.formed == pytest.approx(formed)
    a_unit = 9_000 - 54 - 5_000
    assert found.profit_fen == pytest.approx(formed * 3 * a_unit - (1 - formed) * 500)


def test_rates_of_little_stay_near_what_is_assumed() -> None:
    few = per_exposure(3, 2, prior=0.2, strength=5)
    many = per_exposure(3_000, 2_000, prior=0.2, strength=5)
    assert few.value == pytest.approx(4 / 7)
    assert many.value == pytest.approx(1.5, abs=0.01)
    # chi-square tables: 2.180 and 17.535 for 8 degrees of freedom
    assert (few.rate.low, few.rate.high) == pytest.approx((2.180 / 14, 17.535 / 14), abs=1e-3)
    assert few.rate.high - few.rate.low > 10 * (many.rate.high - many.rate.low)
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)
    assert share(5, 10).low == pytest.approx(0.2366, abs=1e-3)
    assert share(5, 10).high == pytest.approx(0.7634, abs=1e-3)


@pytest.mark.parametrize("shape", [0.3, 1.0, 8.0, 50.0])
def test_gamma_points_have_the_mean_and_spread_with_the_shape(shape: float) -> None:
    points = gamma_points(shape, 5)
    assert sum(points) / 5 == pytest.approx(1.0)
    assert all(a < b for a, b in pairwise(points)) or shape < 1
    assert max(points) - min(points) > max(gamma_points(shape * 2, 5)) - min(
        gamma_points(shape * 2, 5)
    )


def test_a_joining_curve_is_found_again() -> None:
    cells = []
    for reduction in (500, 1_500, 3_000):
        for missing_seats in (0, 1, 4):
            for tied in (False, True):
                chance = expit(-1.5 + 0.4 * reduction / 1_000 - 0.2 * missing_seats + 0.7 * tied)
                cells.append(
                    VisitCell(reduction, missing_seats, tied, 20_000, round(20_000 * chance))
                )
    found = fit_joining(cells)
    assert (found.base, found.price, found.missing, found.tied) == pytest.approx(
        (-1.5, 0.4, -0.2, 0.7), abs=0.02
    )
    assert found.effect(1).low < 0.4 < found.effect(1).high


def test_without_visits_the_curve_is_the_assumed_one() -> None:
    found = fit_joining([])
    assert (found.base, found.price, found.missing, found.tied) == pytest.approx(PRIOR)


def test_a_lower_price_is_never_taken_to_deter() -> None:
    found = fit_joining(
        [VisitCell(500, 1, False, 5_000, 2_000), VisitCell(3_000, 1, False, 5_000, 500)]
    )
    assert found.price == 0
    assert found.chance(500, 1, tied=False) == found.chance(3_000, 1, tied=False)
    assert found.chance(500, 1, tied=False) == pytest.approx(0.25, abs=0.01)


def test_reach_is_split_into_circle_friends_and_strangers() -> None:
    teams = [
        PastTeam(circle, 10, 24, circle // 2, 3 + circle // 5, 2)
        for circle in (0, 10, 20, 40)
        for _ in range(200)
    ]
    found = fit_reach(teams, [1.0] * len(teams))
    assert found.tied_share.value == pytest.approx(0.5, abs=0.01)
    assert found.strangers.value == pytest.approx(3.0, abs=0.1)
    assert found.friends.value == pytest.approx(0.2, abs=0.01)
    assert found.evenness == 50.0, "teams that look alike are alike here"


def test_arrivals_fade_and_go_by_the_hour() -> None:
    """Twice as many in hour 20, half as many from the second hour on."""
    teams = [PastTeam(0, hour, 6, 0, 0, 1) for hour in range(24) for _ in range(500)]
    seen = {(age, (hour + age) % 24): 0.0 for hour in range(24) for age in range(6)}
    for age, hour in seen:
        seen[age, hour] += 500 * (1.0 if age == 0 else 0.5) * (2.0 if hour == 20 else 1.0)
    found = fit_arrivals(teams, {key: int(value) for key, value in seen.items()})
    assert found.hours[20] / found.hours[3] == pytest.approx(2.0, rel=0.05)
    assert found.fade[0] / found.fade[1] == pytest.approx(2.0, rel=0.05)
    assert found.exposure(20, 1) > found.exposure(3, 1)
    assert found.best_hours(1, 1)[0][0] == 20
    assert found.usual_exposure(6) == pytest.approx(1.0, rel=0.01)
    assert found.usual_exposure(2.5) == pytest.approx(
        (found.usual_exposure(2) + found.usual_exposure(3)) / 2
    )


def test_candidates_keep_the_floor_the_stock_and_what_was_seen() -> None:
    bounds = Bounds(floor_margin_bp=2_800)
    market = Market([(5, 1.0)], teams=10, stock=7)
    found = list(candidates(learned(), COSTS, market, bounds))
    assert found
    for schedule in found:
        assert schedule.max_size <= 7
        assert all(a < b for a, b in pairwise(schedule.sizes))
        for step in schedule.reductions_bp:
            assert COSTS.margin_bp(step) >= 2_800
            assert step <= 4_500
        prices = [COSTS.goods[0].reduced(step) for step in schedule.reductions_bp]
        assert all(a > b for a, b in pairwise(prices))
    too_high = Bounds(floor_margin_bp=6_000)
    assert list(candidates(learned(), COSTS, market, too_high)) == []


def test_proposals_are_the_best_of_the_grid_and_what_stock_allows() -> None:
    scarce = Market([(5, 0.5), (20, 0.5)], teams=100, stock=50)
    plenty = Market([(5, 0.5), (20, 0.5)], teams=100, stock=100_000)
    bounds = Bounds(max_size=8, most_tiers=2)
    of_scarce = propose(learned(), COSTS, scarce, bounds)
    of_plenty = propose(learned(), COSTS, plenty, bounds)
    assert of_plenty[0].teams == pytest.approx(100)
    assert of_scarce[0].teams * of_scarce[0].team.units <= 50 + 1e-6
    assert of_scarce[0].schedule.reductions_bp[0] <= of_plenty[0].schedule.reductions_bp[0]
    totals = [one.total_profit_fen for one in of_plenty]
    assert totals == sorted(totals, reverse=True)
    assert sum(of_plenty[0].team.chances) == pytest.approx(1.0, abs=1e-4)


def test_where_the_price_moves_nobody_the_least_reduction_is_proposed() -> None:
    still = learned(fitted(price=0.0))
    market = Market([(5, 1.0)], teams=100, stock=100_000)
    best = propose(still, COSTS, market, Bounds(most_tiers=1))[0]
    assert best.schedule.reductions_bp == (100,)


def test_no_tier_is_proposed_at_the_shops_own_price() -> None:
    cheap = Costs((Good(1, 50, 10),))
    market = Market([(5, 1.0)], teams=10, stock=100)
    found = list(candidates(learned(), cheap, market, Bounds(least_bp=0)))
    assert found
    assert all(cheap.goods[0].reduced(one.reductions_bp[0]) < 50 for one in found)


def test_a_larger_circle_gets_a_larger_set() -> None:
    sets = {
        7: Schedule((5, 10, 20), (1_400, 2_000, 2_600)),
        8: Schedule((2, 3), (600, 1_000)),
        9: Schedule((3, 6), (1_000, 1_400)),
    }
    starts = pick_starts(fitted(), 1.0, sets, COSTS)
    assert [one.set_id for one in starts] == [8, 9, 7]
    assert starts[0].min_circle == 0
    sizes = [sets[set_for(starts, circle).set_id].max_size for circle in range(200)]
    assert sizes == sorted(sizes)


def test_a_set_that_never_pays_is_never_offered() -> None:
    loses = {1: Schedule((2,), (500,)), 2: Schedule((3,), (6_000,))}
    assert [one.set_id for one in pick_starts(fitted(), 1.0, loses, COSTS)] == [1]


def test_levels_of_price_are_those_that_enough_met() -> None:
    cells = [
        VisitCell(500, 1, False, 40, 1),
        VisitCell(700, 1, True, 30, 1),
        VisitCell(2_000, 1, False, 59, 1),
        VisitCell(3_000, 1, False, 60, 1),
    ]
    assert price_levels(cells) == [500, 3_000]


def test_a_short_past_is_told_and_not_stretched() -> None:
    history = History([], [], {}, leaders=0, members=0, units=0, days=1.0)
    assert {one.what for one in missing(history)} == {
        *("teams", "leaders", "visits", "joins", "price_levels")
    }


def test_learning_keeps_the_reductions_that_were_seen() -> None:
    teams = [PastTeam(2, 10, 24, 1, 3, 2)] * 60
    cells = [VisitCell(800, 1, False, 200, 30), VisitCell(2_500, 0, True, 100, 40)]
    found = learn(History(teams, cells, {(0, 10): 200, (5, 15): 100}, 30, 120, 180, 30.0))
    assert (found.least_bp, found.most_bp) == (800, 2_500)
    assert found.fitted.units == pytest.approx(190 / 130)
