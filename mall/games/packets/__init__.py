"""Expanding red packets (膨胀红包): a coupon that grows with each check-in before the sale."""
