"""The ledger of points, tills and locks."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BOOKS = "mall/kernel/ledger.py"
HOLDING = "mall/points/ledger/holding.py"
POSTING = "mall/points/ledger/posting.py"
LIMITS = "mall/points/till/limits.py"
ENTERING = "mall/points/till/entering.py"
UNDOING = "mall/points/till/undoing.py"
LOCKING = "mall/points/lockups/locking.py"
ENDING = "mall/points/lockups/ending.py"
LEDGER = ("tests/points/test_ledger.py",)
EXCHANGES = ("tests/points/exchange/test_exchanges.py",)
TILL = ("tests/points/test_till.py",)
LOCKUPS = ("tests/points/test_lockups.py",)

MUTANTS = (
    Mutant(
        "a figure of a ledger falls below zero",
        BOOKS,
        'AND {" AND ".join(f"{name} + :{name} >= 0" for name in self._names)}',
        'AND {" AND ".join(f"{name} + :{name} >= -1e9" for name in self._names)}',
        LEDGER,
    ),
    Mutant(
        "an entry is made twice for a source",
        BOOKS,
        "AND NOT EXISTS ({unless or known})",
        "AND NOT EXISTS (SELECT WHERE :source = '' AND :kind = '')",
        LEDGER,
    ),
    Mutant(
        "a hold is settled or released twice",
        HOLDING,
        "WHERE id = :hold_id AND status = 'held' RETURNING id",
        "WHERE id = :hold_id RETURNING id",
        LEDGER,
    ),
    Mutant(
        "more comes back of a hold than it took",
        HOLDING,
        "back = min(in_all, found.points) - found.returned",
        "back = in_all - found.returned",
        LEDGER,
    ),
    Mutant(
        "an old word brings points back again",
        HOLDING,
        "found.status != SETTLED or in_all <= found.returned:",
        "found.status != SETTLED:",
        LEDGER,
    ),
    Mutant(
        "points of a hold that isn't spent come back as spent",
        HOLDING,
        "if found is None or found.status != SETTLED or in_all",
        "if found is None or in_all",
        (*LEDGER, *EXCHANGES, "tests/points/test_checkout.py"),
    ),
    Mutant(
        "expired points are spent",
        "mall/points/ledger/expiring.py",
        "    while found.available:\n",
        "    while found.available < 0:\n",
        LEDGER,
    ),
    Mutant(
        "points that return don't pay what is owed",
        HOLDING,
        "    if account.debt:\n        pay_debt(session, found.user_id, entry_id)\n",
        "",
        LEDGER,
    ),
    Mutant(
        "points that are given don't pay what is owed",
        POSTING,
        "    if account.debt and not frozen:\n        pay_debt(session, user_id, made.id)\n",
        "",
        LEDGER,
    ),
    Mutant(
        "frozen points thaw twice",
        POSTING,
        "    if not lot.frozen:\n        return 0\n",
        "",
        LEDGER,
    ),
    Mutant(
        "a grant is undone twice",
        POSTING,
        "due = int(lot.granted * share) - lot.reversed",
        "due = int(lot.granted * share)",
        LEDGER,
    ),
    Mutant(
        "what can't be taken back isn't owed",
        POSTING,
        "    debt = spent - others\n",
        "    debt = 0\n",
        LEDGER,
    ),
    Mutant(
        "who left keeps points that come back",
        HOLDING,
        "    if is_closed(session, found.user_id):\n        forfeit(session, found.user_id)\n",
        "",
        LEDGER,
    ),
    Mutant(
        "a day's limits of a till are passed",
        LIMITS,
        "ELSE till_days.taken + excluded.taken END <= CAST(:limit AS bigint)",
        "ELSE till_days.taken + excluded.taken END <= CAST(:limit AS bigint) + 1000000",
        TILL,
    ),
    Mutant(
        "the first entry of a day passes the limit",
        LIMITS,
        "    WHERE :granted + :taken <= CAST(:limit AS bigint)\n",
        "    WHERE :granted + :taken <= CAST(:limit AS bigint) + 1000000\n",
        TILL,
    ),
    Mutant(
        "staff of another point give points",
        ENTERING,
        "    if not serves(session, point_id, staff_id):\n",
        "    if staff_id < 0:\n",
        TILL,
    ),
    Mutant(
        "a closed account gets points at a till",
        ENTERING,
        "    if is_closed(session, user_id):\n        raise AccountClosed\n",
        "",
        TILL,
    ),
    Mutant(
        "an entry of a till is undone twice",
        UNDOING,
        "TillEntry.id == entry_id, TillEntry.undone_at.is_(None), TillEntry.day == today",
        "TillEntry.id == entry_id, TillEntry.day == today",
        TILL,
    ),
    Mutant(
        "an entry of another day is undone",
        UNDOING,
        "TillEntry.undone_at.is_(None), TillEntry.day == today",
        "TillEntry.undone_at.is_(None)",
        TILL,
    ),
    Mutant(
        "a lock passes the offer's budget",
        LOCKING,
        "\n      AND promised + paid + CAST(:points AS bigint) * rate_bp / 10000 <= budget",
        "",
        LOCKUPS,
    ),
    Mutant(
        "more points are locked at once than the offer says",
        LOCKING,
        "\n      AND :points BETWEEN min_points AND max_points",
        "",
        LOCKUPS,
    ),
    Mutant(
        "an offer that is closed takes locks",
        LOCKING,
        "\n      AND opens_at <= clock_timestamp() AND closes_at > clock_timestamp()",
        "",
        LOCKUPS,
    ),
    Mutant(
        "a shopper has more locks than they may",
        LOCKING,
        "\n    WHERE lockup_counts.locks < :per_shopper",
        "\n    WHERE :per_shopper > 0",
        LOCKUPS,
    ),
    Mutant(
        "another shopper's lock is ended",
        ENDING,
        "                Lockup.user_id == user_id,\n                Lockup.status == RUNNING,",
        "                Lockup.status == RUNNING,",
        ("tests/points/test_lockups.py",),
    ),
    Mutant(
        "a lock is ended twice",
        ENDING,
        "                Lockup.status == RUNNING,\n"
        "                Lockup.matures_at > func.clock_timestamp(),",
        "                Lockup.matures_at > func.clock_timestamp(),",
        LOCKUPS,
    ),
    Mutant(
        "a gain is paid before its time",
        ENDING,
        "                Lockup.matures_at <= func.clock_timestamp(),\n",
        "",
        LOCKUPS,
    ),
)
