"""Orders of a team: opening, joining, leaving, and how they join the order's own transaction."""
