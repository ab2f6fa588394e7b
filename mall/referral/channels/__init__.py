"""Channels' coupons for new shoppers, and what each channel brought."""
