"""Pictures and videos that shoppers and staff send: checked, cleaned, kept, served, swept."""
