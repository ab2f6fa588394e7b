"""What a mutant is: a guard, and how it is switched off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class Stale(Exception):
    """The code has changed: the mutant's text isn't in the file exactly once."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One guard switched off.

    `guard` says in plain words what isn't checked any more. `text` stands exactly once in `file`
    and becomes `instead`. `tests` are paths or node ids of which at least one must fail. Where
    none can fail, `explained` says why that is right: what else stands behind the guard, and which
    test shows that.
    """

    guard: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]
    explained: str | None = None

    @property
    def name(self) -> str:
        """The module and the guard: unique, and what `--only` looks in."""
        return f"{self.file.removeprefix('mall/').removesuffix('.py')}: {self.guard}"

    def apply(self, root: Path) -> str:
        """Switch the guard off in the checkout at `root`; the file's text before. Raises Stale."""
        path = root / self.file
        before = path.read_text()
        path.write_text(self.mutated(before))
        return before

    def mutated(self, source: str) -> str:
        """The file's text with the guard off. Raises Stale."""
        found = source.count(self.text)
        if found != 1:
            raise Stale(f"its text stands {found} times in {self.file}")
        return source.replace(self.text, self.instead)
