"""What the shop owes in points, what becomes of them, what rules cost: from nightly roll-ups."""
