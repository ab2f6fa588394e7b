"""Commission: what promoters are paid for the orders of shoppers whom they brought."""
