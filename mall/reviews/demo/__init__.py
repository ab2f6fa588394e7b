"""The demo shop's reviews: rewards, trials whose officers wrote them, a question with answers.

Nobody has bought anything in a demo shop, so its reviews are of trials, and are marked so.
"""
