"""What shoppers see of sales, and reminders of them."""
