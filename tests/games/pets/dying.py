"""`python -m tests.games.pets.dying`: what is done for a pet, in processes that die."""

from __future__ import annotations

from mall.games.pets.caring import feed, water_friend
from mall.games.pets.naming import adopt
from mall.games.pets.reminding import remind_all
from mall.games.pets.settling import settle_stage
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def take_in(wanted: str) -> None:
    """`wanted` is the shopper and the season."""
    user_id, season_id = wanted.split()
    adopt(int(user_id), int(season_id), "咪咪")


def eat(wanted: str) -> None:
    """`wanted` is the shopper and the season: two portions."""
    user_id, season_id = wanted.split()
    feed(int(user_id), int(season_id), 2)


def water(wanted: str) -> None:
    """`wanted` is the friend and the token of the shared page."""
    friend_id, token = wanted.split()
    water_friend(int(friend_id), token)


def settle(wanted: str) -> None:
    """`wanted` is the pet; its first stage with a reward."""
    settle_stage(int(wanted), 1)


def remind(_: str) -> None:
    """Whose pets lose growth tonight."""
    remind_all()


COMMANDS: Commands = {one.__name__: one for one in (take_in, eat, water, settle, remind)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
