"""Whether a feature is in use at all, in the memory of each process: what no game counts isn't put
down as an event, and no quote asks for what the shop doesn't have.

What is known is at most a second old. Where that mustn't matter, a thing is published
`KNOWN_BY_ALL` before anybody can do anything for it, so every process knows of it then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

from flask import current_app
from sqlalchemy import Select
from sqlalchemy.orm import Session

from mall.kernel.db import db

FRESH_S = 1.0
"""How old the answer may be before it is read again."""
KNOWN_BY_ALL = timedelta(seconds=10)
"""After so long every process knows what was published, with room for a slow commit."""
_EXTENSION = "mall.in_use"


class InUse:
    """The answer to a question, of one app: yes when its query has a row."""

    def __init__(self, name: str, query: Callable[[], Select[Any]]) -> None:
        self._name, self._query = name, query

    def __call__(self) -> bool:
        """Asked inside a transaction."""
        answers = _answers()
        asked_at, answer = answers.get(self._name, (float("-inf"), True))
        if monotonic() - asked_at >= FRESH_S:
            answer = db.session().execute(self._query().limit(1)).first() is not None
            answers[self._name] = monotonic(), answer
        return answer

    def expire(self, _session: Session | None = None) -> None:
        """After staff changed something: this process asks anew."""
        _answers().pop(self._name, None)


def _answers() -> dict[str, tuple[float, bool]]:
    answers: dict[str, tuple[float, bool]] = current_app.extensions.setdefault(_EXTENSION, {})
    return answers
