"""The gate of an item in plain Python: what the scripts must do, told another way."""

from __future__ import annotations

from dataclasses import dataclass, field

from redis import Redis

from mall.flashsale.gate.keys import Shard
from mall.flashsale.gate.scripts import ADMIT

REFUSALS = ("sold_out", "short", "limit_reached", "idempotency_key_reused")


def attempt(
    client: Redis,
    shard: Shard,
    user_id: int,
    digest: bytes,
    *,
    units: int = 1,
    address_id: int = 7,
    flags: int = 0,
    session_id: int | None = None,
) -> str:
    """One purchase attempt by the script itself."""
    session_id = session_id or shard.where.session_id
    args = (user_id, digest, units, address_id, flags, session_id)
    return str(ADMIT(client, shard.keys, *args), "ascii")


@dataclass
class Ticket:
    user_id: int
    digest: bytes
    units: int
    state: str = "queued"


@dataclass
class Gate:
    """One item with one limit: stock, tickets in order of admission."""

    left: int
    limit: int
    tickets: list[Ticket] = field(default_factory=list)

    def of(self, user_id: int) -> list[Ticket]:
        return [one for one in self.tickets if one.user_id == user_id]

    def held(self, user_id: int) -> int:
        return sum(one.units for one in self.of(user_id) if one.state in ("queued", "ordered"))

    def queued(self) -> int:
        return sum(one.units for one in self.tickets if one.state == "queued")

    def attempt(self, user_id: int, digest: bytes, units: int) -> str:
        for number, ticket in enumerate(self.tickets, 1):
            if ticket.user_id == user_id and ticket.digest[:8] == digest[:8]:
                return f"=1-{number}" if ticket.digest == digest else "idempotency_key_reused"
        if self.held(user_id) + units > self.limit:
            return "limit_reached"
        if self.left <= 0:
            return "sold_out"
        if self.left < units:
            return "short"
        self.left -= units
        self.tickets.append(Ticket(user_id, digest, units))
        return f"+1-{len(self.tickets)}"

    def settle(self, number: int, state: str) -> bool:
        ticket = self.tickets[number - 1]
        if ticket.state != "queued":
            return False
        ticket.state = state
        if state == "failed":
            self.left += ticket.units
        return True

    def release(self, number: int) -> bool:
        ticket = self.tickets[number - 1]
        if ticket.state not in ("queued", "ordered"):
            return False
        ticket.state = "released"
        self.left += ticket.units
        return True
