"""The view in Redis: ranks and neighbours in an instant, from the scores in PostgreSQL."""
