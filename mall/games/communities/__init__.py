"""Communities (社群): hidden coupons by a phrase, and missions that members reach together."""
