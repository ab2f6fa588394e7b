"""Points spent at checkout."""
