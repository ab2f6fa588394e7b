"""Messages to the members of a team."""
