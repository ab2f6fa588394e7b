"""Leaderboards: live ranks in Redis, the truth in PostgreSQL, frozen and auditable at the close."""
