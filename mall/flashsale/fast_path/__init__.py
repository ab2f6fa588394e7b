"""Presses and looks, answered in front of Flask: under WSGI servers, and for a tier that takes
presses alone under ASGI servers, where one event loop waits for many answers of Redis.

Only what is plainly one of the two is taken; whatever is odd about a request (another
content type, an unknown field, no key) goes to Flask's own route, which refuses it as any
other. All give the same bytes: a test holds them together over all answers.
"""
