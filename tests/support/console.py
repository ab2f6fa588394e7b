"""The console as a browser asks it: a cookie, and forms that come from its own pages."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

COOKIE = "mall_staff"
ORIGIN = "http://localhost"
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """A browser with the cookie of a staff member, or without."""

    app: Flask
    cookie: str | None = None
    form_token: str | None = None

    def get(self, path: str, **headers: str) -> TestResponse:
        """A page; what its forms prove themselves with is kept."""
        answer = self.call("GET", path, headers=headers)
        found = _TOKEN.search(answer.get_data(as_text=True))
        self.form_token = found[1] if found else self.form_token
        return answer

    def post(self, path: str, form: dict[str, Any], *, key: str | None = None) -> TestResponse:
        """A form, sent by htmx from a page of the console."""
        if self.form_token is None:
            self.get("/console")
        headers = {
            "Origin": ORIGIN,
            "Sec-Fetch-Site": "same-origin",
            "HX-Request": "true",
            "X-Form-Token": self.form_token or "",
            "Idempotency-Key": key or uuid.uuid4().hex,
        }
        return self.call("POST", path, form=form, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        *,
        form: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """One request with exactly these headers, and the cookie if there is one."""
        with self.app.app_context(), self.app.test_client() as client:
            if self.cookie is not None:
                client.set_cookie(COOKIE, self.cookie)
            return client.open(path, method=method, data=form, headers=headers or {})


def text_of(answer: TestResponse) -> str:
    """What a page says, without its markup."""
    return unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))
