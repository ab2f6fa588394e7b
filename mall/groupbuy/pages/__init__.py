"""What shoppers see of group-buy."""
