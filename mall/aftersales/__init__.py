"""After-sales: a shopper wants money back, with or without sending the goods back."""
