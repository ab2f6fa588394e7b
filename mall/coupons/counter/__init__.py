"""The counter: staff redeem coupons at pick-up points, by the code that a shopper shows."""
