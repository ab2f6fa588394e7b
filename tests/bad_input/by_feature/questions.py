"""Write routes of questions and answers."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

WORDS = {"text": "会缩水吗？"}
ROUTES = [
    shopper("POST", "/products/{product_id}/questions", WORDS),
    shopper("POST", "/questions/{question_id}/answers", WORDS),
    shopper("PUT", "/answers/{answer_id}", WORDS),
    staff("PUT", "/product-questions/{question_id}/answer", WORDS),
]
