"""Missions: what a shopper does again and again for a reward. The first is the check-in."""
