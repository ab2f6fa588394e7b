"""What staff see of teams, and do by hand."""
