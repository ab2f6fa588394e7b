"""What a shopper has in points, for shoppers and staff."""
