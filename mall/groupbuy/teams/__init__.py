"""Teams: seats, states, and when a team is over."""
