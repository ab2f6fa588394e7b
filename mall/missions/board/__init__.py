"""Missions: what staff compose, how far shoppers are, and what they get for it."""
