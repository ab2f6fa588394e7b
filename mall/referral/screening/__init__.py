"""Screening: whether who was brought is a person of their own. Rewards wait until it's clear."""
