"""Pictures and videos that shoppers and staff send: checked, cleaned, stored, served, swept."""
