"""The check-in: days, streaks, cycles, make-up."""
