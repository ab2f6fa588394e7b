"""What reviews add up to: averages, counts, lists by filter, helpful votes."""
