"""What a lottery promises, without a database: its table, what a draw brings, what may change."""
