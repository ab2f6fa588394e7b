"""Orders: placing, states, closing, fulfilling and the arithmetic of refunds."""
