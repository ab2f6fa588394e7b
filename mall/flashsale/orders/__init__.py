"""From admitted attempts to orders: the flash worker, and what a closed order gives back."""
