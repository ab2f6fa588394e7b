"""Flash sales: Redis admits, PostgreSQL decides, nobody gets one too many."""
