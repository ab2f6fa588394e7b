"""Copies of the checkout, for mutants: the user's own files are never touched."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]


def copy_checkout(target: Path) -> None:
    """Copy what git knows, and what is new, to `target`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = ROOT / name
        if source.is_file():  # one that was deleted is still listed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


@contextmanager
def mutated(mutant: Mutant, root: Path) -> Iterator[str]:
    """The guard is off inside the block, which gets the file's text from before.

    Raises Stale, and SyntaxError for a mutant that is no Python; then nothing has changed.
    """
    path = root / mutant.file
    if path.suffix == ".py":
        compile(mutant.mutated(path.read_text()), mutant.file, "exec")
    before = mutant.apply(root)
    _forget_compiled(path)
    try:
        yield before
    finally:
        path.write_text(before)
        _forget_compiled(path)


def _forget_compiled(path: Path) -> None:
    """Python tells a changed file by its second and size, which two mutants may share."""
    if path.suffix == ".py":
        Path(cache_from_source(str(path))).unlink(missing_ok=True)
