"""Builds the web app: ``create_app()``.  Nothing imports it; servers and ``flask`` start it.

Every request gets its connection with its first question to the database and gives it back at
the end.  What a page needs on every screen (menu, shop's name, nonce) is added here, lazily.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from flask_wtf import CSRFProtect
from werkzeug.local import LocalProxy
from werkzeug.middleware.proxy_fix import ProxyFix

import admin
import api
import auth
import cli
import clock
import models
import portal
from admin import menu
from settings import Settings
from web import failures, headers, health, logs, words

MEGABYTE = 1024 * 1024
csrf = CSRFProtect()


def create_app(settings: Settings | None = None) -> Flask:
    """The whole web application, bound to the database of the settings."""
    settings = settings or cli.bound_settings()
    logs.configure(settings.log_level)
    app = Flask(__name__)
    app.debug = settings.debug
    bind(app, settings)
    _trust_proxies(app, settings.trusted_proxies)
    logs.log_requests(app)
    health.count_requests(app)
    headers.add_headers(app, encrypted=settings.cookie_secure)
    failures.explain_failures(app)
    words.add_filters(app)
    csrf.init_app(app)
    auth.set_up(app)
    app.register_blueprint(health.health)
    admin.register(app)
    programs = api.blueprint()
    csrf.exempt(programs)
    app.register_blueprint(programs)
    app.register_blueprint(portal.blueprint())
    cli.register(app)
    _add_to_pages(app)
    app.teardown_request(_give_connection_back)
    return app


def bind(app: Flask, settings: Settings) -> None:
    """Give an app its shop: the database, the time zone, the keys, the folder."""
    models.connect(settings.database_url, pool_size=settings.db_pool_size)
    clock.set_zone(settings.shop_time_zone)
    app.config.update(_configuration(settings))


def _configuration(settings: Settings) -> dict[str, Any]:
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    most = (settings.max_upload_mb + 1) * MEGABYTE
    cookie = {"SECURE": settings.cookie_secure, "HTTPONLY": True, "SAMESITE": "Lax"}
    # A cookie called __Host- is taken only over https, from this very host, for all paths.
    prefix = "__Host-" if settings.cookie_secure else ""
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SETTINGS": settings,
        "INSTANCE_DIR": Path(settings.instance_dir),
        "METRICS_FROM": settings.metrics_from,
        "MAX_CONTENT_LENGTH": most,
        # An order of thousands of lines is one form with many parts.
        "MAX_FORM_MEMORY_SIZE": most,
        "MAX_FORM_PARTS": 100_000,
        "SESSION_COOKIE_NAME": f"{prefix}inhands",
        "REMEMBER_COOKIE_NAME": f"{prefix}inhands_remember",
        "REMEMBER_COOKIE_DURATION": timedelta(days=30),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: queues stay open all day
        # Only this origin may post, also over http; the token alone decides there.
        "WTF_CSRF_SSL_STRICT": settings.cookie_secure,
        **{f"SESSION_COOKIE_{name}": value for name, value in cookie.items()},
        **{f"REMEMBER_COOKIE_{name}": value for name, value in cookie.items()},
    }


def _trust_proxies(app: Flask, number: int) -> None:
    if number:
        proxied = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=number)
        app.wsgi_app = proxied  # type: ignore[method-assign]


def _add_to_pages(app: Flask) -> None:
    @app.context_processor
    def on_every_page() -> dict[str, Any]:
        names = app.view_functions
        more = {"find_url": url_for("find.index")} if "find.index" in names else {}
        if "me.index" in names:
            more["me_url"] = url_for("me.index")
        # Proxies: a fragment that shows neither menu nor name asks the database for neither.
        return more | {"menu": LocalProxy(menu.groups), "shop_name": LocalProxy(menu.shop_name)}


def _give_connection_back(_failure: BaseException | None) -> None:
    models.close()
