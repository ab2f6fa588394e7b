"""Which messages may be sent now: opt-out, quiet hours, the day's cap, accepted prompts.

What may be sent gets its call to WeChat, what must wait its time, and the rest ends here; what
a shopper should know all the same lands in the inbox.

Lock order: messages, then the shoppers' days ascending, then the shoppers' grants ascending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.outbound import enqueue_many
from mall.messages import daily_cap, inbox, preferences, quiet_hours, quota
from mall.messages.kinds import Kind, prompts_kept
from mall.messages.settings import MARKETING_PER_DAY
from mall.messages.states import Candidate, end, set_all

MESSAGE_CALL = "messages.send"
"""The kind of the outbound calls that send a message; their key is the message's id."""


def admit(session: Session, kind: Kind, messages: Sequence[Candidate], now: datetime) -> None:
    """Decide on messages of one kind, which must be locked or new and hold nothing.

    Each is `pending` afterwards, `waiting`, or has ended.
    """
    for turn in _one_a_shopper(messages):
        left = _still_good(session, kind, turn, now)
        if kind.is_marketing:
            left = _wanted(session, kind, left)
            left = _not_in_quiet_hours(session, kind, left, now)
        _spend(session, kind, left, now)


def _one_a_shopper(messages: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """The messages in turns that hold each shopper at most once: a turn counts one for each."""
    rest = list(messages)
    while rest:
        turn: dict[int, Candidate] = {}
        later = [one for one in rest if turn.setdefault(one.user_id, one) is not one]
        yield list(turn.values())
        rest = later


def _still_good(
    session: Session, kind: Kind, messages: list[Candidate], now: datetime
) -> list[Candidate]:
    old = {one.id for one in messages if one.good_until is not None and one.good_until <= now}
    end(session, kind, old, "stale")
    return [one for one in messages if one.id not in old]


def _wanted(session: Session, kind: Kind, messages: list[Candidate]) -> list[Candidate]:
    unwanted = preferences.opted_out(session, _users(messages)) if messages else set()
    end(session, kind, [one.id for one in messages if one.user_id in unwanted], "opted_out")
    return [one for one in messages if one.user_id not in unwanted]


def _not_in_quiet_hours(
    session: Session, kind: Kind, messages: list[Candidate], now: datetime
) -> list[Candidate]:
    """All of them, or none: then they wait. What is of no use by then can be read at once."""
    quiet_end = quiet_hours.in_force().end_after(now)
    if quiet_end is None:
        return messages
    too_late = [
        one for one in messages if one.good_until is not None and one.good_until <= quiet_end
    ]
    _end_in_inbox(session, kind, too_late, "quiet_hours")
    wait = {one.id for one in messages} - {one.id for one in too_late}
    set_all(session, wait, status="waiting", not_before=quiet_end)
    return []


def _spend(session: Session, kind: Kind, messages: list[Candidate], now: datetime) -> None:
    """Take what each message needs; those that get all of it are sent."""
    template_id = kind.template.get().template_id
    if not template_id:
        _end_in_inbox(session, kind, messages, "no_template")
        return
    kept = prompts_kept(kind, template_id)
    # Most shoppers have no prompt left: they are found by a read, nothing is counted for them.
    may = quota.with_some_left(session, _users(messages), template_id, kept) if messages else set()
    left = _split(session, kind, messages, may, "no_grant")
    day = shop_day(now) if kind.is_marketing else None
    if day is not None and left:
        cap = MARKETING_PER_DAY.get()
        counted = daily_cap.count(session, _users(left), day, cap)
        left = _split(session, kind, left, counted, "over_cap")
    if not left:
        return
    taken = quota.take(session, _users(left), template_id, kept)
    if day is not None:
        for user_id in sorted(_users(left) - taken):  # somebody else took it meanwhile
            daily_cap.give_back(session, user_id, day)
    sent = [one.id for one in _split(session, kind, left, taken, "no_grant")]
    set_all(
        session, sent, status="pending", template_id=template_id, counted_on=day, not_before=None
    )
    enqueue_many(session, MESSAGE_CALL, sent)


def _split(
    session: Session, kind: Kind, messages: list[Candidate], passed: Collection[int], status: str
) -> list[Candidate]:
    """The messages of the shoppers who passed; the others end in the inbox."""
    failed = [one for one in messages if one.user_id not in passed]
    _end_in_inbox(session, kind, failed, status)
    return [one for one in messages if one.user_id in passed]


def _end_in_inbox(session: Session, kind: Kind, messages: list[Candidate], status: str) -> None:
    end(session, kind, [one.id for one in messages], status)
    inbox.land(session, kind, messages)


def _users(messages: list[Candidate]) -> set[int]:
    return {one.user_id for one in messages}
