"""Subscribe messages to shoppers, and the pushes that WeChat sends us."""
