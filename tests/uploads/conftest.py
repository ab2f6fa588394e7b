"""Both storages: the disk, and a bucket behind a real HTTP server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import boto3  # type: ignore[import-untyped]
import pytest
from flask import Flask
from moto.server import ThreadedMotoServer

from mall.config import Config
from mall.uploads.storage import Storage, init_storage, storage
from tests.support.http import Http
from tests.support.staff import make_staff

BUCKET = "mall-pictures"


@pytest.fixture(scope="session")
def s3_config(config: Config) -> Iterator[Config]:
    """The run's configuration, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = replace(
        config,
        uploads_storage="s3",
        s3_bucket=BUCKET,
        s3_endpoint=f"http://{host}:{port}",
        s3_region="us-east-1",
        s3_access_key_id="AKIATESTS",
        s3_secret_access_key="of-the-tests",
    )
    boto3.client(
        "s3",
        endpoint_url=found.s3_endpoint,
        region_name=found.s3_region,
        aws_access_key_id=found.s3_access_key_id,
        aws_secret_access_key=found.s3_secret_access_key,
    ).create_bucket(Bucket=BUCKET)
    yield found
    server.stop()


@pytest.fixture(params=["disk", "s3"])
def place(request: pytest.FixtureRequest, app: Flask, config: Config) -> Iterator[Storage]:
    """The app keeps its uploads in one storage, then in the other."""
    if request.param == "s3":
        init_storage(app, request.getfixturevalue("s3_config"))
    yield storage()
    init_storage(app, config)


@pytest.fixture
def staff(http: Http) -> Http:
    """Somebody who keeps products, lessons and designs."""
    return http.as_(
        make_staff(
            *("catalog:read", "catalog:write", "upload:write", "poster:read", "poster:write"),
            *("promoter:read", "promoter:setup"),
        )
    )
