"""Team races."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.boards.kinds import BOARD_KINDS
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.games.races import admin, metrics, routes, teams_admin
from mall.games.races.board_kind import RACE_BOARD
from mall.games.races.closed_accounts import SEATS, SEATS_LOST
from mall.games.races.demo import load_demo_race
from mall.games.races.describing import RACES
from mall.games.races.handlers import hear_check_in, hear_mission, hear_order
from mall.games.races.in_use import CHECK_INS, MISSIONS, PURCHASES
from mall.games.races.invariants import INVARIANTS
from mall.kernel.features import Mall
from mall.missions.board.events import MissionCompletionChanged
from mall.missions.checkin.events import CheckedIn
from mall.orders.events import OrderRefunded, SettledOrderReduced
from mall.users.closing import CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare team races. Boards freeze the ranks and give the prizes."""
    mall.blueprints(routes.blp, admin.blp, teams_admin.blp)
    mall.add(BOARD_KINDS, RACE_BOARD)
    mall.add(CAMPAIGN_SOURCES, RACES)
    mall.on(CheckedIn, "races.check_in", hear_check_in, is_wanted=CHECK_INS)
    mall.on(MissionCompletionChanged, "races.mission", hear_mission, is_wanted=MISSIONS)
    mall.on(OrderSettled, "races.settled", hear_order, is_wanted=PURCHASES)
    mall.on(OrderRefunded, "races.refunded", hear_order, is_wanted=PURCHASES)
    mall.on(SettledOrderReduced, "races.reduced", hear_order, is_wanted=PURCHASES)
    mall.add(ERASERS, SEATS)
    mall.add(CLOSING_LOSSES, SEATS_LOST)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.demo("races", load_demo_race)
