"""What a draw brings: a pure function of the table, what is left, and the draw's random number.

The random number of a draw is HMAC-SHA256(secret, "lottery:version:number:nonce"). Nobody but the
shop has the secret, whose hash was published before the start, so no shopper can know it; the
shopper chooses the nonce, so the shop can't know it before the draw either. Once the secret is
published anybody can compute every draw again.
"""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from mall.lottery.rules.table import THANKS, Pool, Table

_SPAN = 1 << 256


class Outcome(NamedTuple):
    """The place of the prize, whether the guarantee gave it, and the pool after the draw."""

    prize: int
    guaranteed: bool
    pool: Pool


def commitment_to(secret: bytes) -> str:
    """What is published of a secret before the start: its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(secret).hexdigest()


def random_number(secret: bytes, lottery_id: int, version: int, number: int, nonce: str) -> bytes:
    """The random number of one draw: 32 bytes. `number` counts the lottery's draws from 1."""
    hashing = _keyed(secret).copy()
    hashing.update(f"{lottery_id}:{version}:{number}:{nonce}".encode())
    return hashing.digest()


@lru_cache(maxsize=8)
def _keyed(secret: bytes) -> hmac.HMAC:
    """The HMAC with its key worked in, which would take as long as the message does."""
    return hmac.new(secret, digestmod=hashlib.sha256)


def uniform(random: bytes, label: str, below: int) -> int:
    """A whole number from 0 to `below` - 1, each as likely as the others.

    SHA-256(random, label, attempt) is taken modulo `below`. A value from the incomplete last run
    of residues is thrown away and the next attempt is taken, so there is no modulo bias.
    """
    if not 0 < below <= _SPAN:
        raise ValueError(f"no numbers below {below}")
    usable = _SPAN - _SPAN % below
    attempt = 0
    while True:
        hashed = hashlib.sha256(random + f":{label}:{attempt}".encode()).digest()
        value = int.from_bytes(hashed, "big")
        if value < usable:
            return value % below
        attempt += 1


def outcome(table: Table, pool: Pool, dry: int, random: bytes) -> Outcome:
    """What the next draw brings. `dry` is how many draws in a row this shopper won nothing in.

    The pool has a ticket left where the table has tickets.
    """
    place, guaranteed = _drawn(table, pool, random), False
    rule = table.guarantee
    if rule is not None and dry + 1 >= rule.draws and table.prizes[place].kind == THANKS:
        place, guaranteed = rule.prize, True
    left = pool.left
    if table.prizes[place].weight is None:
        left = (*left[:place], left[place] - 1, *left[place + 1 :])
    return Outcome(place, guaranteed, Pool(pool.drawn + 1, left))


def _drawn(table: Table, pool: Pool, random: bytes) -> int:
    """The first place up to which the counts that are left, or the weights, add up to more than
    the number that was drawn."""
    if table.tickets is not None:
        ticket = uniform(random, "ticket", table.tickets - pool.drawn)
        if ticket < sum(pool.left):
            return bisect_right(tuple(accumulate(pool.left)), ticket)
    return bisect_right(table.weight_sums, uniform(random, "weight", table.weights))
