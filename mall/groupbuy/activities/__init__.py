"""Activities: what staff plan, its tiers, and the stock that is set aside for it."""
