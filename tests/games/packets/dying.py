"""`python -m tests.games.packets.dying`: packets in processes that die at a failpoint."""

from __future__ import annotations

from mall.games.packets.growing import grow_on_checked_in
from mall.games.packets.opening import open_packet
from mall.kernel.db import transaction
from mall.missions.checkin.events import CheckedIn
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def press(whose: str) -> None:
    """Open the packet of "<shopper> <campaign>"."""
    user_id, campaign_id = whose.split()
    open_packet(int(user_id), int(campaign_id))


def hear(whose: str) -> None:
    """That "<shopper> <day>" checked in."""
    user_id, day = whose.split()
    with transaction() as session:
        grow_on_checked_in(session, CheckedIn(int(user_id), day))


COMMANDS: Commands = {"press": press, "hear": hear}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
