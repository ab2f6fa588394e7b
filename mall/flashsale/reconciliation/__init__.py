"""The gate in Redis is kept equal to PostgreSQL: compared, rebuilt, opened and closed."""
