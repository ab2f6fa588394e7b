"""What becomes of the members' orders once their team is formed, settled or failed."""
