"""The life of referral, played against a plain model."""
