"""Team races (团队PK): teams collect points on a live leaderboard, prizes go by rank."""
