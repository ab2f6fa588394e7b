"""A million draws by the rules alone, each computed again by the verifier.

(That the command draws by these rules, and a budget's refusal, are tested with a database.)
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from scipy.stats import chisquare

from mall.lottery.proofs.verifying import ProofRow, PublishedVersion, Verifier
from mall.lottery.rules.outcomes import commitment_to, outcome, random_number
from mall.lottery.rules.table import (
    THANKS,
    Guarantee,
    Table,
    canonical,
    dearest_fen,
    digest,
    full_pool,
)
from tests.lottery.tables import nothing, table, won

DRAWS, SHOPPERS = 1_000_000, 5_000
GUARANTEE = 20
COSTS = (50_000, 5_000, 500, 100, 0)
SECRET = bytes(range(32))
TABLE = table(
    *(won(count=10, name="大奖"), won(count=1_000), won(count=50_000)),
    *(won(weight=3, name="小奖"), nothing(17)),
    tickets=DRAWS,
    guarantee=Guarantee(GUARANTEE, 3),
    commitment=commitment_to(SECRET),
)


@dataclass
class Story:
    """What was drawn: how often which prize, by whose hand, and the longest run without a win."""

    prizes: Counter[int] = field(default_factory=Counter)
    guaranteed: int = 0
    longest: int = 0
    spent_fen: int = 0


def rows(terms: Table, story: Story, tampered: int = 0) -> Iterator[ProofRow]:
    """Draws until the tickets are used up, or what is left wouldn't pay the dearest prize."""
    pool, dry = full_pool(terms), [0] * SHOPPERS
    assert terms.tickets is not None
    for number in range(1, terms.tickets + 1):
        if terms.budget_fen is not None:
            dearest = dearest_fen(terms, COSTS, pool)
            if story.spent_fen + dearest > terms.budget_fen:
                return
        who, nonce = number * 7_919 % SHOPPERS, f"n{number}"
        random = random_number(SECRET, terms.lottery_id, 1, number, nonce)
        place, guaranteed, pool = outcome(terms, pool, dry[who], random)
        if terms.prizes[place].kind != THANKS:
            dry[who] = 0
        else:
            dry[who] += 1
            story.longest = max(story.longest, dry[who])
        if guaranteed:
            story.guaranteed += 1
        else:
            story.prizes[place] += 1
        story.spent_fen += COSTS[place]
        prize = (place + 1) % 5 if number == tampered else place
        yield ProofRow(number, 1, str(who), nonce, random.hex(), prize, guaranteed, pool.left)


def faults(terms: Table, story: Story, tampered: int = 0) -> list[int]:
    """The draws that don't agree."""
    text = canonical(terms)
    versions = [PublishedVersion(1, text, digest(text), 1)]
    verifier = Verifier(versions, terms.commitment, SECRET)
    found = [*verifier.published(), *verifier.rows(rows(terms, story, tampered))]
    drawn = sum(story.prizes.values()) + story.guaranteed
    return [one.number for one in [*found, *verifier.count(drawn)]]


def test_a_million_draws() -> None:
    """Counts exact, weights within the band, no guarantee missed, the one tampered row found."""
    story, tampered = Story(), secrets.randbelow(DRAWS) + 1
    assert faults(TABLE, story, tampered) == [tampered]
    assert [story.prizes[place] for place in range(3)] == [10, 1_000, 50_000]
    assert sum(story.prizes.values()) + story.guaranteed == DRAWS
    assert story.guaranteed > 0
    assert story.longest == GUARANTEE - 1
    # A guaranteed draw would have been a thank-you.
    by_weight = [story.prizes[3], story.prizes[4] + story.guaranteed]
    shares = [sum(by_weight) * part / 20 for part in (3, 17)]
    assert chisquare(by_weight, shares).pvalue > 0.001


@pytest.mark.parametrize("budget_fen", [0, 49_999, 1_000_000])
def test_no_budget_is_passed(budget_fen: int) -> None:
    story = Story()
    assert faults(replace(TABLE, budget_fen=budget_fen), story) == []
    assert story.spent_fen <= budget_fen
    assert (budget_fen - story.spent_fen < max(COSTS)) or not story.prizes
