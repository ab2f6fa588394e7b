"""Fund flow: WeChat's fund-flow bill (资金账单) of the operation account against our transfers."""
