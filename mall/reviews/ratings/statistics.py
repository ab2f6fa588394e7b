"""The two figures of ratings: the damped average, and how helpful a review is for sure."""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054
"""The normal quantile of 97.5 %: the bound holds with 95 % confidence on both sides."""


def damped_tenths(star_sum: int, starred: int, prior_tenths: int, prior_weight: int) -> int | None:
    """The average of stars in tenths (47 is 4.7), drawn to the prior as `prior_weight` reviews with
    the prior's stars would; halves go up. None without any review with stars.

    It is the posterior mean of a Bayesian average: few reviews neither make nor break a product.
    """
    if not starred:
        return None
    weight = starred + prior_weight
    return (2 * (10 * star_sum + prior_tenths * prior_weight) + weight) // (2 * weight)


def wilson(helpful: int, unhelpful: int) -> float:
    """The lower bound of the share of shoppers who find a review helpful, 0 to 1.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22 (1927), 209-212: the score interval, z = 1.96.
    """
    votes = helpful + unhelpful
    if not votes:
        return 0.0
    share, square = helpful / votes, Z * Z
    spread = Z * sqrt(share * (1 - share) / votes + square / (4 * votes * votes))
    return max(0.0, (share + square / (2 * votes) - spread) / (1 + square / votes))
