"""Is the shop sound? What must always hold, asked of the database in one place."""
