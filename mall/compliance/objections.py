"""What a rule answers: nothing, or objections."""

from __future__ import annotations

from dataclasses import dataclass

WARN, REFUSE = "warn", "refuse"


@dataclass(frozen=True, slots=True)
class Objection:
    """`warn`: staff may save it all the same once they say so. `refuse`: nobody may."""

    severity: str
    message: str


def warn(message: str) -> Objection:
    return Objection(WARN, message)


def refuse(message: str) -> Objection:
    return Objection(REFUSE, message)
