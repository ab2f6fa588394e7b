"""Sharing: pages of the shop, shares of them, who opened one and what they did then."""
