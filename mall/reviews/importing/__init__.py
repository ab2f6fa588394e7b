"""Reviews of another shop, brought in by `mall reviews import`."""
