"""Check-ins, missions, browsing, reviews and their uploads: once, in time, one's own."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MAKING_UP = "mall/missions/checkin/making_up.py"
BUYING = "mall/missions/checkin/buying.py"
BROWSING = "mall/missions/browsing/viewing.py"
CODES = "mall/missions/board/codes.py"
REVIEWING = "mall/reviews/writing/reviewing.py"
UPLOADS = "mall/uploads/commands.py"
CHECK_INS = ("tests/missions/test_check_in.py",)
MADE_UP = ("tests/missions/test_making_up.py",)
CARDS = ("tests/missions/test_cards.py",)
BROWSED = ("tests/missions/test_browsing.py",)
BOARD = ("tests/missions/test_board.py", "tests/missions/test_board_routes.py")
REVIEWS = ("tests/reviews/writing",)
OTHERS = ("tests/contract/test_other_shoppers.py",)
SENT = ("tests/uploads/test_uploads.py",)

MUTANTS = (
    Mutant(
        "a day is checked in twice",
        "mall/missions/checkin/checking_in.py",
        "    WHERE s.last_day < excluded.last_day\n",
        "",
        CHECK_INS,
    ),
    Mutant(
        "a day is made up twice",
        MAKING_UP,
        "        if _is_there(session, user_id, day):\n"
        "            return check_in_of(session, user_id, day)\n",
        "",
        MADE_UP,
    ),
    Mutant(
        "days of long ago, or to come, are made up",
        MAKING_UP,
        "if not now - MAKE_UP_DAYS.get() * _DAY <= day < now:",
        "if not now - MAKE_UP_DAYS.get() * _DAY <= day:",
        MADE_UP,
    ),
    Mutant(
        "days of long ago are made up",
        MAKING_UP,
        "if not now - MAKE_UP_DAYS.get() * _DAY <= day < now:",
        "if not day < now:",
        MADE_UP,
    ),
    Mutant(
        "more days of a month are made up than the shop allows",
        MAKING_UP,
        "        if made_up_this_month(session, user_id, now) >= MAKE_UPS_PER_MONTH.get():\n"
        "            raise MakeUpLimit\n",
        "",
        MADE_UP,
    ),
    Mutant(
        "a day is made up without a card",
        MAKING_UP,
        "        if not cards.left(session, user_id):  # what the day itself gives comes too late\n"
        "            raise MakeUpNoCard\n",
        "",
        MADE_UP,
    ),
    Mutant(
        "a card is used that isn't there",
        "mall/missions/checkin/cards.py",
        ".where(MakeUpCards.user_id == user_id, _LEFT > 0)",
        ".where(MakeUpCards.user_id == user_id)",
        (*MADE_UP, *CARDS, "tests/races/test_check_in.py"),
        "the cards are looked at first, under the lock of the shopper's state, and the table's own"
        " check stands behind",
    ),
    Mutant(
        "more cards of a month are bought than the shop allows",
        BUYING,
        "\n    WHERE m.bought < :limit",
        "\n    WHERE :limit > 0",
        CARDS,
    ),
    Mutant(
        "a card is bought at another price than was shown",
        BUYING,
        '    if points != price:\n        raise MakeUpCardPriceChanged(param="points")\n',
        "",
        CARDS,
    ),
    Mutant(
        "cards are bought where the shop sells none",
        BUYING,
        "    if not price:\n        raise MakeUpCardNotSold\n",
        "",
        CARDS,
    ),
    Mutant(
        "a mission that isn't complete is claimed",
        "mall/missions/board/claiming.py",
        "        if held is None or held.completed_at is None:\n",
        "        if held is None:\n",
        BOARD,
    ),
    Mutant(
        "a mission is rewarded twice",
        "mall/missions/board/claiming.py",
        "        if held.rewarded_at is None:\n",
        "        if held.id > 0:\n",
        BOARD,
        "the reward of a mission and period is given once (`uq_reward_grants_rule_event_user`)",
    ),
    Mutant(
        "a mission is rewarded before those that it needs",
        "mall/missions/board/claiming.py",
        "            if not chain.complete:\n                raise MissionNotCompleted\n",
        "",
        ("tests/missions/test_attacks.py",),
    ),
    Mutant(
        "another shopper's progress is claimed",
        "mall/missions/board/claiming.py",
        "            MissionProgress.user_id == user_id,\n",
        "",
        BOARD,
    ),
    Mutant(
        "a code opens a mission to more shoppers than it has places",
        CODES,
        "MissionCode.id == code_id, valid, MissionCode.used < MissionCode.places)",
        "MissionCode.id == code_id, valid)",
        (*BOARD, "tests/races/test_missions.py"),
    ),
    Mutant(
        "a code that ended opens a mission",
        CODES,
        "MissionCode.id == code_id, valid, MissionCode.used < MissionCode.places)",
        "MissionCode.id == code_id, MissionCode.used < MissionCode.places)",
        BOARD,
    ),
    Mutant(
        "browsing counts more than the interval of a beat",
        BROWSING,
        "    counted_ms = d.counted_ms + least(\n"
        "            greatest(CAST(floor(extract(epoch FROM m.now - d.seen_at) * 1000) AS bigint),"
        " 0),\n            :interval_ms, greatest(:day_ms - d.counted_ms, 0)",
        "    counted_ms = d.counted_ms + least(\n"
        "            greatest(CAST(floor(extract(epoch FROM m.now - d.seen_at) * 1000) AS bigint),"
        " 0),\n            greatest(:day_ms - d.counted_ms, 0)",
        BROWSED,
    ),
    Mutant(
        "browsing counts more than the day's limit",
        BROWSING,
        "    counted_ms = d.counted_ms + least(\n"
        "            greatest(CAST(floor(extract(epoch FROM m.now - d.seen_at) * 1000) AS bigint),"
        " 0),\n            :interval_ms, greatest(:day_ms - d.counted_ms, 0)",
        "    counted_ms = d.counted_ms + least(\n"
        "            greatest(CAST(floor(extract(epoch FROM m.now - d.seen_at) * 1000) AS bigint),"
        " 0),\n            :interval_ms",
        BROWSED,
    ),
    Mutant(
        "a beat counts twice, or out of turn",
        BROWSING,
        "      AND d.beat = :beat - 1 AND NOT d.ended AND",
        "      AND NOT d.ended AND",
        BROWSED,
    ),
    Mutant(
        "two pages are timed at once",
        BROWSING,
        "WHERE d.user_id = :user_id AND d.day = :day AND d.session_id = :session_id\n",
        "WHERE d.user_id = :user_id AND d.day = :day AND :session_id > 0\n",
        BROWSED,
    ),
    Mutant(
        "a session of browsing never ends",
        BROWSING,
        " AND NOT d.ended AND m.now < to_timestamp(:expires)",
        " AND NOT d.ended AND :expires > 0",
        BROWSED,
    ),
    Mutant(
        "more sessions of browsing a day than the shop allows",
        BROWSING,
        "\n    WHERE d.sessions < :limit",
        "\n    WHERE :limit > 0",
        BROWSED,
    ),
    Mutant(
        "another shopper's token of browsing counts",
        "mall/missions/browsing/tokens.py",
        "    if token.user_id != user_id:\n        raise ViewSessionNotFound\n",
        "",
        BROWSED,
    ),
    Mutant(
        "another shopper's line is reviewed",
        REVIEWING,
        "WHERE o.order_no = :order_no AND o.user_id = :user_id AND l.position",
        "WHERE o.order_no = :order_no AND :user_id > 0 AND l.position",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[reviews.write-line_of_another]",
        ),
    ),
    Mutant(
        "a line is reviewed twice",
        REVIEWING,
        "    if line.review_id is not None:\n        raise ReviewExists\n",
        "",
        REVIEWS,
        "the unique row of a line stands behind it and gives the same answer",
    ),
    Mutant(
        "a line that was refunded is reviewed",
        REVIEWING,
        "    if line.is_refunded:\n        raise ReviewLineRefunded\n",
        "",
        REVIEWS,
    ),
    Mutant(
        "a gift is reviewed",
        REVIEWING,
        "    if line.is_gift:\n        raise ReviewLineIsGift\n",
        "",
        REVIEWS,
    ),
    Mutant(
        "a line is reviewed before the receipt",
        REVIEWING,
        '    if line.status != "completed":\n        raise ReviewTooEarly\n',
        "",
        REVIEWS,
    ),
    Mutant(
        "a line is reviewed after its time",
        REVIEWING,
        "    if _until(line) <= line.now:\n        raise ReviewTooLate\n",
        "",
        REVIEWS,
    ),
    Mutant(
        "another shopper's review counts as one's own",
        "mall/reviews/writing/owning.py",
        "select(Review.id).where(Review.id == review_id, Review.user_id == user_id)",
        "select(Review.id).where(Review.id == review_id)",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found"
            "[review_rewards.list_rewards-review_of_another]",
        ),
    ),
    Mutant(
        "a review that was approved is edited",
        "mall/reviews/writing/editing.py",
        "if row.origin != SHOPPER or row.status not in (PENDING, REFUSED):",
        "if row.origin != SHOPPER:",
        REVIEWS,
    ),
    Mutant(
        "a follow-up of a review that isn't approved",
        "mall/reviews/writing/follow_ups.py",
        "if row.origin != SHOPPER or row.status != APPROVED:",
        "if row.origin != SHOPPER:",
        REVIEWS,
    ),
    Mutant(
        "a follow-up after its time",
        "mall/reviews/writing/follow_ups.py",
        "if known is None and row.created_at + _window() <= db_now(session):",
        "if known is None and row.created_at is None:",
        REVIEWS,
    ),
    Mutant(
        "another shopper's upload is used",
        UPLOADS,
        "            Upload.name.in_(names),\n"
        "            Upload.user_id.is_not_distinct_from(owner.user_id),",
        "            Upload.name.in_(names),",
        SENT,
    ),
    Mutant(
        "an upload is used twice",
        UPLOADS,
        "            Upload.attached_to.is_(None),\n",
        "",
        SENT,
    ),
    Mutant(
        "an upload that ended is used",
        UPLOADS,
        "            or_(Upload.expires_at.is_(None), Upload.expires_at >"
        " func.clock_timestamp()),\n",
        "",
        SENT,
    ),
    Mutant(
        "uploads that aren't there are used",
        UPLOADS,
        '    if len(used) != len(names):\n        raise UploadNotFound(param="pictures")\n',
        "",
        SENT,
    ),
    Mutant(
        "more uploads wait than a shopper may have",
        UPLOADS,
        "    if (waiting or 0) >= (videos if video else pictures):\n",
        "    if (waiting or 0) < 0:\n",
        SENT,
    ),
    Mutant(
        "a picture of any size is taken",
        "mall/uploads/receiving.py",
        "    if len(raw) > at_most:\n        raise RequestEntityTooLarge\n",
        "",
        SENT,
    ),
)
