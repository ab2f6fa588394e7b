"""The app factory. It stands beside the package's `__init__`, so that the CLI, the
supervisor and the simulator can import one module without loading the whole mall."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mall import loaded
from mall.config import Config
from mall.kernel.engine import init_db
from mall.kernel.failpoints import init_failpoints
from mall.kernel.features import Feature, Mall
from mall.kernel.http.access import init_access
from mall.kernel.http.api import init_api
from mall.kernel.http.errors import init_errors
from mall.kernel.http.health import init_health
from mall.kernel.http.limits import init_limits
from mall.kernel.http.observe import init_observe
from mall.kernel.http.parsing import WholeBodyRequest, init_parsing
from mall.kernel.logging import configure_logging
from mall.kernel.redis import init_redis
from mall.kernel.sealed import init_sealer
from mall.wechat.clients import init_app as init_wechat
from mall.wiring import FEATURES


class MallFlask(Flask):
    """Flask without coroutines: asking each hook and view of a request whether it is one
    costs more than serving a cached answer does."""

    request_class = WholeBodyRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(config: Config | None = None, *, features: Iterable[Feature] = FEATURES) -> Flask:
    """Build the mall of these features. Opens no connection: PostgreSQL, Redis and WeChat are
    met at first use.

    Raises ConfigurationError when the environment can't start it.
    """
    config = config or Config.from_env()
    configure_logging(config)
    app = MallFlask("mall")
    app.extensions["mall.config"] = config
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_bytes
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    init_db(app, config)
    redis = init_redis(app, config)
    init_limits(app, redis)
    init_sealer(app, config)
    init_wechat(app, config, redis)
    init_failpoints(config)
    init_observe(app)
    init_parsing(app)
    init_errors(app)
    init_health(app)
    init_access(app)
    Mall(features).build(app, init_api(app), config)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    loaded()
    return app
