"""Payouts: money to shoppers by merchant transfer (商家转账), or by hand with a receipt.

A feature says that the shop owes a shopper something (`owing.owe`); the rest is here: the
shopper asks for it, WeChat asks the shopper to confirm, and it is paid once.
"""
