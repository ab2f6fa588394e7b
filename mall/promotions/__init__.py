"""Promotions: what the shop takes off by itself, within times, goods, shoppers and budgets."""
