"""Referral (邀新 · 分销): who brought whom, and what they get for it."""
