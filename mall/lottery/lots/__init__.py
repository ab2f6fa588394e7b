"""晒单抽奖: approved reviews with pictures draw lots at a published time."""
