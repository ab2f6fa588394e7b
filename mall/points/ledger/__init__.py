"""The ledger of points: accounts, entries, lots, holds."""
