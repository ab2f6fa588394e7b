"""Advice: which tiers, and how long a team stays open, the shop's own history speaks for."""
