"""拼团+抽奖: each member of a settled team may draw once."""
