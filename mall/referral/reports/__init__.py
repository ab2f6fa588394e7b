"""Reports of referral: who brought whom, and how fast it spreads. Nobody is paid by them."""
