"""Teams: one seat each, no more than there are, in time, for whom they are."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

TAKING = "mall/groupbuy/orders/taking.py"
CLAIMING = "mall/groupbuy/orders/claiming.py"
ELIGIBILITY = "mall/groupbuy/orders/eligibility.py"
PARTICIPANT = "mall/groupbuy/orders/participant.py"
LEAVING = "mall/groupbuy/orders/leaving.py"
BRINGING = "mall/groupbuy/bringing/rewarding.py"
TAKEN = ("tests/groupbuy/test_taking.py",)
TEAMS = ("tests/groupbuy/test_teams.py",)
RACES = ("tests/races/test_group_buy.py",)
ROUTES = ("tests/groupbuy/test_routes.py",)
BROUGHT = ("tests/groupbuy/test_bringing.py",)

MUTANTS = (
    Mutant(
        "a team has more members than it may",
        TAKING,
        "\n          AND t.seats_left > 0",
        "",
        (*TEAMS, *RACES),
    ),
    Mutant(
        "a team whose time is over is joined",
        TAKING,
        "\n          AND t.expires_at > clock_timestamp() + make_interval(secs => {LAST_CALL_S})",
        "",
        TEAMS,
    ),
    Mutant(
        "a team that is decided is joined",
        TAKING,
        "t.status IN ('forming', 'formed') AND t.verdict IS NULL",
        "t.verdict IS NULL",
        TEAMS,
        "a team that opens has no end yet, and a decided one has its verdict: the"
        " conditions beside it refuse both",
    ),
    Mutant(
        "more units are bought than the activity has",
        TAKING,
        " AND k.sold + :units <= k.stock\n",
        "\n",
        (*TAKEN, *RACES),
    ),
    Mutant(
        "one shopper has two seats of a team",
        TAKING,
        "    if not taken.is_member:\n        raise GroupMemberAlready\n",
        "",
        (*TEAMS, *ROUTES),
    ),
    Mutant(
        "a team is opened before or after the activity",
        TAKING,
        "\n          AND clock_timestamp() >= starts_at AND clock_timestamp() < ends_at",
        "",
        (*TEAMS, *ROUTES),
    ),
    Mutant(
        "more units of an order than the activity says",
        CLAIMING,
        "    refuse(order_refusal(terms, line.quantity))\n",
        "",
        (*TEAMS, *ROUTES),
    ),
    Mutant(
        "a shopper buys more units than they may",
        CLAIMING,
        "\n    WHERE s.units + excluded.units <= :at_most",
        "\n    WHERE :at_most > 0",
        (*TEAMS, *ROUTES, *RACES),
    ),
    Mutant(
        "a shopper leads more teams than they may",
        CLAIMING,
        "        refuse(teams_refusal(terms, led.teams if led else 0))\n",
        "",
        (*TEAMS, *ROUTES),
    ),
    Mutant(
        "who never bought opens a team for customers",
        CLAIMING,
        "            refuse(opener_refusal(terms, has_bought=_has_bought(session,"
        " order.user_id)))\n",
        "            pass\n",
        (*TEAMS, *ROUTES),
    ),
    Mutant(
        "customers join a team for new ones",
        CLAIMING,
        "refuse(joiner_refusal(terms, has_bought=bought, waits_as_new=waits))",
        "refuse(joiner_refusal(terms, has_bought=False, waits_as_new=waits))",
        (*TEAMS, *ROUTES),
    ),
    Mutant(
        "a new customer has two seats as such",
        CLAIMING,
        "refuse(joiner_refusal(terms, has_bought=bought, waits_as_new=waits))",
        "refuse(joiner_refusal(terms, has_bought=bought, waits_as_new=False))",
        (*TEAMS, *ROUTES, *RACES),
    ),
    Mutant(
        "a team is formed by too few",
        CLAIMING,
        "    if team.status == FORMING and is_enough and team.verdict is None:\n",
        "    if team.status == FORMING and team.verdict is None:\n",
        TEAMS,
    ),
    Mutant(
        "a formed team is left",
        LEAVING,
        "if team is None or team.status != FORMING or team.verdict is not None:",
        "if team is None:",
        TEAMS,
    ),
    Mutant(
        "another shopper's seat is given up",
        LEAVING,
        "WHERE m.team_id = :team_id AND m.user_id = :user_id AND m.seat",
        "WHERE m.team_id = :team_id AND :user_id > 0 AND m.seat",
        (*TEAMS, *ROUTES),
    ),
    Mutant(
        "staff refund an order that waits for its team",
        PARTICIPANT,
        "        if waits is not None:\n            raise GroupWaits",
        "        if waits is not None and waits.due is not None:\n            raise GroupWaits",
        TEAMS,
    ),
    Mutant(
        "a team's price without a team",
        PARTICIPANT,
        "            if self.name in context.choices:\n"
        '                raise ValidationFailed("没有这项选择", param="choices")\n',
        "",
        (*TAKEN, *ROUTES),
    ),
    Mutant(
        "a leader is rewarded for themselves",
        BRINGING,
        "if not event.is_new or event.user_id == event.leader_id:",
        "if not event.is_new:",
        BROUGHT,
        "a leader's own payment opens the team and tells of no member: `nor_for_oneself`",
    ),
    Mutant(
        "a leader is rewarded for who has bought before",
        BRINGING,
        "if not event.is_new or event.user_id == event.leader_id:",
        "if event.user_id == event.leader_id:",
        BROUGHT,
    ),
    Mutant(
        "a customer is brought twice",
        BRINGING,
        "    if session.execute(_COUNT, row).first() is None:",
        "    if session.execute(_COUNT, row).first() is None and event.user_id < 0:",
        BROUGHT,
    ),
    Mutant(
        "a leader is rewarded before the order is settled",
        BRINGING,
        "    if found.settled_at is not None:\n        confirm_for",
        "    if found.order_id is not None:\n        confirm_for",
        BROUGHT,
    ),
    Mutant(
        "a failed team rewards its leader",
        BRINGING,
        "if found.team_status == FAILED or found.status == CLOSED:",
        "if found.status == CLOSED:",
        BROUGHT,
    ),
)
