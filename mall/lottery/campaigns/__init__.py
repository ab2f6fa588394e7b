"""A lottery's life: composed, published, changed, paused, ended."""
