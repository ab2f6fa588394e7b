"""The WSGI app: `gunicorn wsgi:app`."""

from mall.application import create_app

app = create_app()
