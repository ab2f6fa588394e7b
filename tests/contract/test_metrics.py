"""Each metric belongs to a feature and stands in docs/metrics.md."""

from __future__ import annotations

from flask import Flask
from prometheus_client import REGISTRY

from mall.kernel.features import METRICS
from tests.contract.metrics import PAGE, with_table


def test_every_metric_is_declared_by_a_feature(migrated_app: Flask) -> None:
    made = {family.name for family in REGISTRY.collect() if family.name.startswith("mall_")}
    assert made == set(METRICS.items(migrated_app))


def test_the_table_is_up_to_date() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "run python -m tests.contract.metrics"
