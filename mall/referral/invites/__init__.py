"""Invites: an invitee's way from the first paid order to counting for sure."""
