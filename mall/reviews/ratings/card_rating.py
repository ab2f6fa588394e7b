"""The rating in product cards and on the product page, as old as these answers may be."""

from __future__ import annotations

from mall.catalog.card_extras import CardExtra
from mall.reviews.ratings.queries import brief_ratings

RATING = CardExtra("rating", brief_ratings)
