"""How features describe a campaign to the rules: plain facts, without tables or HTTP.

A feature gives the facts that it has. A rule speaks only of the facts that it is about, so a
fact that is missing is never guessed. Amounts are fen, rates are 1/10,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

SHARED = "shared"
"""The shopper shared, whatever came of it."""
SHARE_OPENED = "share_opened"
"""Somebody opened what was shared, and did nothing more."""
FOLLOWED = "followed"
"""The shopper followed an account."""
INVITEE_LOGGED_IN, INVITEE_ORDERED = "invitee_logged_in", "invitee_ordered"
"""Another shopper did something: logged in as a new one, had an order that was paid."""
PRAISED = "praised"
"""The shopper wrote a review with many stars; one that is rewarded for any review isn't this."""
REVIEWED = "reviewed"
"""The shopper wrote a review, whatever its stars."""
LIKED = "liked"
"""Other shoppers opened what was shared and pressed like themselves, each once."""
CHECKED_IN = "checked_in"
"""The shopper checked in."""

NEW_CUSTOMERS, MEMBER_LEVEL, PROFILE = "new_customers", "member_level", "profile"
"""By what a price differs between shoppers. `profile` is what a shopper did or uses."""

STANDING, LEVEL = "standing", "level"
"""What a way of growing opens: being a promoter at all, or a higher level."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text of the campaign that shoppers read."""

    text: str


@dataclass(frozen=True, slots=True)
class ReducedPrice:
    """A price for one SKU, and what it is compared with.

    `usual_price_fen` is the price without the campaign, `list_price_fen` the one that is struck
    through. `lowest_deal_fen` is the lowest that a unit was paid with in the seven days before the
    campaign, or the last before them; `highest_price_fen` the highest price before discounts of
    what was sold in ninety days; None where nothing was sold in ninety.
    """

    what: str
    price_fen: int
    usual_price_fen: int
    list_price_fen: int | None = None
    lowest_deal_fen: int | None = None
    highest_price_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Gift:
    """Goods for nothing beside what is bought. `quantity`: how many in all, None if unsaid."""

    what: str
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Reward:
    """What is given for what somebody did (`ground`), for example "coupon" or "chance"."""

    ground: str
    what: str


@dataclass(frozen=True, slots=True)
class Prize:
    """`quantity` or `chance_bp` is what is published of it; `worth_fen` is its market price."""

    what: str
    worth_fen: int
    quantity: int | None = None
    chance_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """A lottery, whatever its looks: the prizes, and the grounds that give a chance."""

    prizes: tuple[Prize, ...]
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlindBox:
    """Goods that are bought before it is known which. `contents` is what shoppers read of them."""

    what: str
    contents: str


@dataclass(frozen=True, slots=True)
class Referral:
    """Commission: how many levels above the seller are paid, and what joining asks for."""

    levels: int
    costs_to_join: bool = False
    pays_for_heads: bool = False
    pays_for_team_sales: bool = False


@dataclass(frozen=True, slots=True)
class PromoterEntry:
    """A way by which a shopper becomes a promoter, or reaches a higher level (`opens`).

    `takes_purchase`: nobody gets there without buying. `free_way`: the free application is open
    meanwhile. `counts_recruits`: it is reached by the number of promoters whom one brought.
    """

    opens: str
    takes_purchase: bool
    free_way: bool
    counts_recruits: bool = False


@dataclass(frozen=True, slots=True)
class Assistance:
    """Friends help to reach a result. `helpers` is how many it takes, None if it isn't fixed."""

    helpers: int | None
    result_is_stated: bool


@dataclass(frozen=True, slots=True)
class CashForHelp:
    """Cash for whom friends help on a shared page (晒单返现).

    `ground` is what it is given for. `helpers` is how many it takes, None if it isn't fixed;
    `amount_fen` what it brings, None if it is drawn or open. `is_stated`: both are said before
    anybody shares.
    """

    ground: str
    helpers: int | None
    amount_fen: int | None
    is_stated: bool


@dataclass(frozen=True, slots=True)
class PointsValue:
    """What the points earned by one yuan are worth at checkout, as a part of that yuan."""

    worth_bp: int


@dataclass(frozen=True, slots=True)
class LockedPoints:
    """Points that are left alone for some days, and become more by `rate_bp` in that time."""

    rate_bp: int
    days: int


@dataclass(frozen=True, slots=True)
class PersonalPrice:
    """A price that isn't everybody's, and by what (`basis`)."""

    basis: str


@dataclass(frozen=True, slots=True)
class TeamTier:
    """What a unit costs each member of a team of this size."""

    size: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class TeamPrice:
    """What one SKU costs those who buy it together: the more join, the less.

    `sets` are the tiers that a team may have. `seats_filled` is how many seats of a team the shop
    may fill. `picks_set`: who the leader is decides which set is offered first; `sets_are_open`:
    the leader may choose each of the others as well.
    """

    what: str
    sets: tuple[tuple[TeamTier, ...], ...]
    seats_filled: int = 0
    picks_set: bool = False
    sets_are_open: bool = True


@dataclass(frozen=True, slots=True)
class FreeTrial:
    """Goods for nothing, in return for a review if `asks_review`.

    `review_is_marked`: whoever reads the review is told that the goods cost nothing.
    """

    what: str
    asks_review: bool
    review_is_marked: bool


Mechanic = (
    ReducedPrice
    | Gift
    | Reward
    | Draw
    | BlindBox
    | Referral
    | PromoterEntry
    | Assistance
    | CashForHelp
    | PointsValue
    | LockedPoints
    | PersonalPrice
    | TeamPrice
    | FreeTrial
)
Fact = Wording | Mechanic


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign as staff would save it.

    `kind` and `ref` name it ("promotion", its id). `quantity` is the limit of all that it gives,
    None without one; `ends_at` None is without an end.
    """

    kind: str
    ref: str
    name: str
    texts: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quantity: int | None = None
    mechanics: tuple[Mechanic, ...] = ()

    def facts(self) -> Iterator[Fact]:
        """All that rules may speak of."""
        for text in (self.name, *self.texts):
            if text:
                yield Wording(text)
        yield from self.mechanics
