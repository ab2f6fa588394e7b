"""Points: a ledger with lots that expire."""
