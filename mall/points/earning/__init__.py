"""Points earned by orders."""
