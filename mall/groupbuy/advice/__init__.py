"""Which tiers the shop's own history speaks for: a model, what it is fitted to, its advice.

Inside: `model` is pure. `queries` gathers the past, `advising` answers staff, `circles_job` keeps
which tier set an activity offers to leaders of which circle, `backtest` plays it all against
simulated shoppers. docs/groupbuy-advice.md says it in plain words.
"""
