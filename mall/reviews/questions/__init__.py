"""Questions and answers on products (问大家)."""
