"""The staff console: the mall's admin commands and queries as pages, for a browser.

A page parses, calls one command or query that the admin API calls too, and renders. It has no SQL
and no rules of its own: who may open a page or see a button is the rule of its route.
"""
