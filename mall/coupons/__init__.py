"""Coupons: templates, claims, codes, and what a coupon does to an order."""
