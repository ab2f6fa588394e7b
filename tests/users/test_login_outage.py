"""A login while the database is away spends no code of WeChat: it is good afterwards."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from mall.kernel.db import ask_database, db, transaction
from mall.users.logging_in import log_in
from tests.support.servers import LiveServer
from tests.support.wechat import login_code


def test_the_code_is_good_when_the_database_is_back(app: Flask, simulator: LiveServer) -> None:
    code, _ = login_code(simulator)

    def away(*_: object) -> None:
        raise OperationalError("SELECT 1", None, Exception("the server is away"))

    event.listen(db.engine, "before_cursor_execute", away)
    try:
        with pytest.raises(DBAPIError):
            log_in(code, "127.0.0.1")
    finally:
        event.remove(db.engine, "before_cursor_execute", away)
    db.session.rollback()
    assert log_in(code, "127.0.0.1").is_new


def test_it_isnt_asked_inside_a_transaction(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction():
        ask_database()
