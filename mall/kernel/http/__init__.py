"""HTTP conventions that every route shares: shapes, access, errors, paging, idempotency."""
