"""Lock-ups (积分锁定): a shopper leaves points alone for some days, and gets more points."""
