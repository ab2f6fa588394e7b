"""Withdrawals (提现): promoters ask for their commission in money."""
