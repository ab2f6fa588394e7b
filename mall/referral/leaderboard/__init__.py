"""Leaderboards of those who invite: qualified invites by period, with prizes."""
