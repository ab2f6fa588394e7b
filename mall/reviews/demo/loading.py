"""The step of `mall demo load` for reviews."""

from __future__ import annotations

from rich.console import Console

from mall.reviews.demo.answers import ask_and_answer
from mall.reviews.demo.rewards import offer_rewards
from mall.reviews.demo.trials import hold_trials, open_trial


def load_demo_reviews(console: Console) -> None:
    """Make what the demo shop's reviews lack; again it makes nothing."""
    rewards, trials = offer_rewards(), hold_trials()
    made = f"{trials.reviews} reviews, {trials.trials + open_trial()} trials"
    console.print(f"{rewards} rewards for reviews, {made}, {ask_and_answer()} question")
