"""Commands for staff, regions and keys: what is printed, and the exit codes."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from mall.config import Config
from mall.kernel.db import db
from mall.kernel.sealed import init_sealer
from mall.users.models import Region
from tests.support.cli import mall, mall_process
from tests.support.http import Http
from tests.support.users import make_shopper


def may_log_in(http: Http, username: str, password: str) -> bool:
    reply = http.post("/admin/api/v1/sessions", {"username": username, "password": password})
    return reply.status_code == 201


def test_the_first_admin_by_a_process_of_its_own(http: Http, environment: dict[str, str]) -> None:
    made = mall_process(environment, "staff", "create-admin", "boss", "--if-none", "--json")
    assert made.returncode == 0, made.stderr
    (line,) = made.stdout.splitlines()
    account = json.loads(line)
    assert account["username"] == "boss"
    assert len(account["password"]) >= 20
    assert may_log_in(http, "boss", account["password"])


def test_an_admin_is_made_only_if_there_is_none(app: Flask) -> None:
    assert "password: " in mall(app, "staff", "create-admin", "boss", "--if-none").stdout
    again = mall(app, "staff", "create-admin", "other", "--if-none", "--json")
    assert (again.exit_code, again.stdout) == (0, "")
    (row,) = mall(app, "staff", "list", "--json").stdout.splitlines()
    assert json.loads(row) == {"username": "boss", "state": "active", "roles": "超级管理员"}
    assert mall(app, "staff", "list").stdout.split() == ["boss", "active", "超级管理员"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create-admin", "boss"), 1, "boss exists"),
        (("create-admin", "Bo"), 2, "3 to 32"),
        (("reset-password", "nobody"), 1, "nobody is named nobody"),
    ],
)
def test_mistakes_are_one_line(
    app: Flask, arguments: tuple[str, ...], code: int, said: str
) -> None:
    mall(app, "staff", "create-admin", "boss")
    result = mall(app, "staff", *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_a_lost_password(app: Flask, http: Http) -> None:
    mall(app, "staff", "create-admin", "boss")
    result = mall(app, "staff", "reset-password", "boss", "--json")
    assert may_log_in(http, "boss", json.loads(result.stdout)["password"])


def test_regions_dry_run_import_and_again(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    text = "编码,名称,上级编码,级别\n330000,浙江省,,1\n330100,杭州市,330000,2\n1,坏,,1\n"
    path.write_bytes(text.encode("gb18030"))

    def run(*options: str) -> str:
        result = mall(app, "regions", "import", path, *options)
        assert result.exit_code == 1
        assert "line 4, 编码: must be 6 digits" in result.stdout
        db.session.rollback()
        return result.stdout

    assert "Dry run, nothing written: 2 added" in run("--dry-run")
    assert db.session.scalar(select(func.count()).select_from(Region)) == 0
    assert "2 added, 0 changed, 0 unchanged" in run()
    assert "0 added, 0 changed, 2 unchanged" in run()


@pytest.mark.parametrize(
    ("content", "said"), [("名称,级别\n", "has no column 编码, 上级编码"), ("", "no column")]
)
def test_a_sheet_that_is_none(app: Flask, tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(content, encoding="utf-8")
    result = mall(app, "regions", "import", path)
    assert result.exit_code == 2
    assert said in result.stderr


def test_rotating_keys(app: Flask, config: Config) -> None:
    make_shopper(phone="13812345678")
    old = config.personal_data_keys
    new = "next:" + base64.b64encode(os.urandom(32)).decode()
    try:
        init_sealer(app, replace(config, personal_data_keys=new))
        refused = mall(app, "keys", "rotate")
        assert refused.exit_code == 1
        assert "holds values of key 'test'" in refused.stderr
        init_sealer(app, replace(config, personal_data_keys=f"{new},{old}"))
        done = mall(app, "keys", "rotate")
        assert (done.exit_code, done.stderr) == (0, "")
        assert "Nothing is left under an older key." in done.stdout
        init_sealer(app, replace(config, personal_data_keys=new))
        assert mall(app, "keys", "rotate").exit_code == 0
    finally:
        init_sealer(app, config)
