"""A shopper's active circle, and which tier set an activity offers to leaders of which circle."""
