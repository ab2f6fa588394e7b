"""Rewards of every feature: once, within their budgets, taken back with their ground."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BUDGET = "mall/rewards/budget.py"
GRANTING = "mall/rewards/granting.py"
REWARDS = ("tests/rewards/test_rewards.py",)
WAITING = ("tests/rewards/test_waiting.py",)

MUTANTS = (
    Mutant(
        "rewards pass their budget",
        BUDGET,
        "            or_(RewardRule.budget.is_(None), RewardRule.used + amount"
        " <= RewardRule.budget),\n",
        "",
        REWARDS,
    ),
    Mutant(
        "more rewards a day than the rule says",
        BUDGET,
        "SELECT coalesce(daily_cap, d.granted + 1) FROM",
        "SELECT d.granted + 1 FROM",
        REWARDS,
    ),
    Mutant(
        "an event is rewarded twice",
        GRANTING,
        "    if rule.grant_id is not None:\n        return _repeat(rule.grant_id)\n",
        "",
        (*REWARDS, *WAITING),
        "the unique row of a grant stands behind it and gives the budget back:"
        " `tests/races/test_rewards.py`",
    ),
    Mutant(
        "a closed account is rewarded",
        GRANTING,
        "    if rule.closed_at is not None:\n        raise AccountClosed\n",
        "",
        WAITING,
    ),
    Mutant(
        "a paused rule rewards",
        GRANTING,
        "    if not rule.enabled:\n        raise RewardRulePaused\n",
        "",
        (*REWARDS, *WAITING),
    ),
    Mutant(
        "a promise is given twice",
        "mall/rewards/confirming.py",
        "        return False\n    user_id",
        "        pass\n    user_id",
        WAITING,
    ),
    Mutant(
        "what came back is taken back again",
        "mall/rewards/reversing.py",
        "floor(part.count * share) - part.taken_back - part.debt for",
        "floor(part.count * share) for",
        WAITING,
    ),
    Mutant(
        "a promise that was taken back in part is given whole",
        "mall/rewards/giving.py",
        "    left = part.count - part.taken_back\n",
        "    left = part.count\n",
        WAITING,
    ),
    Mutant(
        "a rule's budget is set below what was given",
        "mall/rewards/commands.py",
        'if values["budget"] is not None and values["budget"] < old.used:',
        'if values["budget"] is not None and values["budget"] < 0:',
        REWARDS,
    ),
)
