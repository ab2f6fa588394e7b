"""Rewards of reviews: by what a review says and shows, never by its stars."""
