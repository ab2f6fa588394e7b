"""Physical prizes (实物奖品): goods that any feature gives as a reward, sent to who won them."""
