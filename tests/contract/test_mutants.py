"""The list of mutants fits the code: `make mutants` runs them, by hand."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.conftest import ROOT
from tests.mutants.guards import MUTANTS
from tests.mutants.mutant import Mutant, Stale
from tests.mutants.running import Verdict, read


def test_each_guard_stands_in_the_code_once() -> None:
    unfit = []
    for one in MUTANTS:
        try:
            after = one.mutated((ROOT / one.file).read_text())
        except (Stale, FileNotFoundError) as stale:
            unfit.append(f"{one.name}: {stale}")
            continue
        if one.file.endswith(".py"):
            ast.parse(after, one.file)
    assert unfit == []


def test_the_tests_that_ought_to_notice_are_there() -> None:
    named = {test for one in MUTANTS for test in one.tests}
    assert [test for test in sorted(named) if not is_there(test)] == []
    assert [one.name for one in MUTANTS if not one.tests] == []


def is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    if not (ROOT / path).exists():
        return False
    return not name or f"def {name.partition('[')[0]}(" in (ROOT / path).read_text()


def test_each_mutant_has_a_name_of_its_own() -> None:
    assert [name for name, n in Counter(one.name for one in MUTANTS).items() if n > 1] == []


def test_an_explanation_explains() -> None:
    said = [(one.name, one.explained) for one in MUTANTS if one.explained is not None]
    assert [name for name, explained in said if len(explained) < 20] == []


def test_a_text_that_is_there_twice_is_told() -> None:
    mutant = Mutant("no check", "mall/x.py", "if a:", "if b:", ())
    assert mutant.mutated("if a: pass") == "if b: pass"
    for source in ("", "if a: pass; if a: pass"):
        with pytest.raises(Stale):
            mutant.mutated(source)


@pytest.mark.parametrize(
    ("code", "output", "verdict"),
    [
        (0, "5 passed", Verdict.SURVIVED),
        (1, "FAILED tests/x.py::test_y", Verdict.KILLED),
        (1, "ERROR at setup of test_y\nERROR tests/x.py::test_y", Verdict.FAULTY),
        (2, "ERROR tests/x.py", Verdict.FAULTY),
        (5, "no tests ran", Verdict.FAULTY),
        (None, "", Verdict.TIMED_OUT),
    ],
)
def test_only_a_test_that_fails_kills(code: int | None, output: str, verdict: Verdict) -> None:
    assert read(code, output, is_explained=False)[0] == verdict


def test_a_survivor_may_be_explained() -> None:
    assert read(0, "5 passed", is_explained=True)[0] == Verdict.EXPLAINED
