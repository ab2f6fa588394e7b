"""Reviews of bought goods, their moderation and rewards, the buyer show, questions and answers."""
