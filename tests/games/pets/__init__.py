"""The growing pet."""
