"""What a draw brings: a pure function of the table, what is left, and the draw's random number.

The random number of a draw is HMAC-SHA256(secret, "lottery:version:number:nonce"). Nobody but the
shop has the secret, whose hash was published before the start, so no shopper can know it; the
shopper chooses the nonce, so the shop can't know it before the draw either. Once the secret is
published anybody can compute every draw again.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from mall.lottery.rules.table import THANKS, Pool, Table

_SPAN = 1 << 256


@dataclass(frozen=True, slots=True)
class Outcome:
    """The place of the prize, whether the guarantee gave it, and the pool after the draw."""

    prize: int
    guaranteed: bool
    pool: Pool


def commitment_to(secret: bytes) -> str:
    """What is published of a secret before the start: its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(secret).hexdigest()


def random_number(secret: bytes, lottery_id: int, version: int, number: int, nonce: str) -> bytes:
    """The random number of one draw: 32 bytes. `number` counts the lottery's draws from 1."""
    message = f"{lottery_id}:{version}:{number}:{nonce}"
    return hmac.digest(secret, message.encode(), hashlib.sha256)


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
    if rule is not None and table.prizes[place].kind == THANKS and dry + 1 >= rule.draws:
        place, guaranteed = rule.prize, True
    return Outcome(place, guaranteed, _after(table, pool, place))


def _drawn(table: Table, pool: Pool, random: bytes) -> int:
    if table.tickets is not None:
        ticket = uniform(random, "ticket", table.tickets - pool.drawn)
        for place, left in enumerate(pool.left):
            if ticket < left:
                return place
            ticket -= left
    share = uniform(random, "weight", table.weights)
    for place, prize in enumerate(table.prizes):
        weight = prize.weight or 0
        if share < weight:
            return place
        share -= weight
    raise AssertionError("the weights add up to their sum")


def _after(table: Table, pool: Pool, place: int) -> Pool:
    if table.prizes[place].weight is not None:
        return Pool(pool.drawn + 1, pool.left)
    left = tuple(one - (at == place) for at, one in enumerate(pool.left))
    return Pool(pool.drawn + 1, left)
