"""Computing draws again: from the published tables, the secret and the proof rows alone. Pure.

It needs nothing of the mall's, so an outsider with the exported rows does the same
(`docs/lottery.md` has it in forty lines).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

from mall.lottery.rules.favour import grown_pool
from mall.lottery.rules.outcomes import Outcome, commitment_to, outcome, random_number
from mall.lottery.rules.table import THANKS, Pool, Table, digest, full_pool, read_table


class ProofRow(NamedTuple):
    """What is published of a draw. `shopper` is an alias, `left` what is left after it."""

    number: int
    version: int
    shopper: str
    nonce: str
    random: str
    prize: int
    guaranteed: bool
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A table as it was published: its canonical JSON, the hash, and its first draw."""

    version: int
    canonical: str
    digest: str
    from_draw: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What doesn't agree: `number` is the draw, 0 for the tables and the secret."""

    number: int
    what: str


class Verifier:
    """Goes through the proof rows of one lottery in their order, and says what doesn't agree.

    After a row that was tampered with it goes on from what the row should have said, so that
    only that row is named; after rows that are missing, from the next one that is there.
    """

    def __init__(
        self, versions: Sequence[PublishedVersion], commitment: str, secret: bytes
    ) -> None:
        self._versions, self._commitment, self._secret = versions, commitment, secret
        self._tables: Mapping[int, Table] = {
            one.version: read_table(one.canonical) for one in versions
        }
        starts = sorted((one.from_draw, one.version) for one in versions)
        self._starts = [first for first, _ in starts]
        self._newest = list(accumulate((version for _, version in starts), max))
        self._table: Table | None = None
        self._pool = Pool(0, ())
        self._dry: defaultdict[str, int] = defaultdict(int)

    def published(self) -> Iterator[Fault]:
        """Whether the tables have their hashes, and the secret is the one that was committed to."""
        if commitment_to(self._secret) != self._commitment:
            yield Fault(0, "the secret isn't the one of the commitment")
        for one in self._versions:
            if digest(one.canonical) != one.digest:
                yield Fault(0, f"version {one.version} doesn't have its hash")
            if self._tables[one.version].commitment != self._commitment:
                yield Fault(0, f"version {one.version} names another commitment")

    def rows(self, rows: Iterable[ProofRow]) -> Iterator[Fault]:
        """Each row that doesn't agree, with why."""
        for row in rows:
            wrong = self._row(row)
            if wrong:
                yield Fault(row.number, ", ".join(wrong))

    def count(self, drawn: int) -> Iterator[Fault]:
        """Whether the rows were all of the lottery's draws."""
        if self._pool.drawn != drawn:
            yield Fault(self._pool.drawn, f"is the last row, but {drawn} draws were made")

    def _row(self, row: ProofRow) -> list[str]:
        expected = self._pool.drawn + 1
        table = self._tables.get(row.version)
        if table is None:
            return [f"there is no version {row.version}"]
        if row.number != expected:
            self._skip_to(row, table)
            return [f"follows draw {expected - 1}"]
        wrong = []
        version = self._version_of(row.number)
        if row.version != version:
            wrong.append(f"version {row.version} isn't the one of this draw")
            table = self._tables[version]
        if table is not self._table:
            self._enter(table)
        dry = self._dry[row.shopper]
        random = random_number(self._secret, table.lottery_id, row.version, row.number, row.nonce)
        came = outcome(table, self._pool, dry, random)
        if random.hex() != row.random:
            wrong.append("the random number isn't that of the secret and the nonce")
            other = outcome(table, self._pool, dry, _bytes_of(row.random))
            if _shown(other) == (row.prize, row.guaranteed, row.left):
                came = other  # only the random number or the nonce was changed
        if came.prize != row.prize or came.guaranteed != row.guaranteed:
            wrong.append(f"prize {came.prize} was drawn, not {row.prize}")
        if came.pool.left != row.left:
            wrong.append(f"{list(came.pool.left)} are left, not {list(row.left)}")
        self._pool = came.pool
        self._count(row.shopper, table, came.prize)
        return wrong

    def _version_of(self, number: int) -> int:
        """The newest version whose first draw isn't after this one."""
        return self._newest[bisect_right(self._starts, number) - 1]

    def _enter(self, table: Table) -> None:
        """Go over to this version's table, through all that lie between."""
        if self._table is None:
            first = self._tables[min(self._tables)]
            self._table, self._pool = first, full_pool(first)
        while self._table.version < table.version:
            following = self._tables[self._table.version + 1]
            self._pool = grown_pool(self._table, following, self._pool)
            self._table = following

    def _skip_to(self, row: ProofRow, table: Table) -> None:
        self._table, self._pool = table, Pool(row.number, row.left)
        self._count(row.shopper, table, row.prize)

    def _count(self, shopper: str, table: Table, prize: int) -> None:
        won = table.prizes[prize].kind != THANKS
        self._dry[shopper] = 0 if won else self._dry[shopper] + 1


def _shown(came: Outcome) -> tuple[int, bool, tuple[int, ...]]:
    return came.prize, came.guaranteed, came.pool.left


def _bytes_of(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def row_of(stored: Mapping[str, Any]) -> ProofRow:
    """A row from its JSON."""
    names = ("number", "version", "shopper", "nonce", "random", "prize", "guaranteed")
    return ProofRow(**{name: stored[name] for name in names}, left=tuple(stored["left"]))


def verify_export(stored: Mapping[str, Any]) -> list[Fault]:
    """Verify what `mall lottery export` wrote, without any database.

    Raises ValueError while the secret isn't revealed.
    """
    if stored["secret"] is None:
        raise ValueError("the secret is revealed when the lottery is over")
    versions = [PublishedVersion(**one) for one in stored["versions"]]
    verifier = Verifier(versions, stored["commitment"], bytes.fromhex(stored["secret"]))
    return [
        *verifier.published(),
        *verifier.rows(row_of(one) for one in stored["rows"]),
        *verifier.count(stored["drawn"]),
    ]
