"""Shoppers: login by WeChat, profile, phone, addresses, and the regions they lie in."""
