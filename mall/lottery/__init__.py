"""Lotteries: published tables, chances, draws that anybody can compute again, prizes.

- `rules`: what a table promises and what a draw brings, without a database.
- `proofs`: what is published of each draw, and computing it again.
- `chances`, `campaigns`, `draws`: the ledger, a lottery's life, drawing and giving.
- `desk`: for staff. `boxes` (sold blind boxes), `teams` (draws of group-buy teams) and `lots`
  (draws among reviews) stand on these.
"""
