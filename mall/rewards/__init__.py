"""Rewards: what staff compose is given once, within a budget, and can be taken back."""
