"""What must always hold, and what needs somebody: the shapes in which features declare it.

`mall.doctor` asks them: by hand, every ten minutes, and once a day over the whole history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, TextualSelect

from mall.kernel.registry import Registry

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Invariant:
    """A statement that always holds, and how to find what breaks it.

    `code` is its number in the list of invariants, with a letter where one statement is asked
    in several ways. `sql` selects the rows that break it, by ids and figures, never by
    personal data; a function gives it when it depends on what other features declare. One
    that reads history limits itself to what is younger than `:since`; a full run begins
    before all time. One that adds up what a single thing has had leaves out what has more than
    `:most` rows; a full run leaves out nothing. `find` is for what SQL can't ask: it returns such
    rows, and is called outside of any transaction.
    """

    code: str
    description: str
    sql: str | Callable[[], str] = ""
    find: Callable[[], Rows] | None = None


@dataclass(frozen=True)
class AttentionList:
    """Things that aren't broken but that somebody should work off.

    `title` says what they are, `label` says it in Chinese. `query` selects them all, the most
    urgent first, without personal data. `find` is for what SQL can't ask: it returns such rows,
    and is called outside of any transaction. One that `reads_storage` may take long: it is left
    to the doctor's own runs, and no page waits for it.
    """

    name: str
    title: str
    label: str
    query: Select[*tuple[Any, ...]] | TextualSelect | None = None
    find: Callable[[], Rows] | None = None
    reads_storage: bool = False


INVARIANTS: Registry[Invariant] = Registry("invariants", lambda one: one.code)
ATTENTION: Registry[AttentionList] = Registry("attention lists", lambda one: one.name)
