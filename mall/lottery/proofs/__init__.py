"""Proof rows: as they are kept and published, and computed again."""
