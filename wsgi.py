"""The mall as a plain WSGI app, for any WSGI server: `gunicorn --threads 8 wsgi:app`. Flash sales
and the busiest pages are slower so (docs/running.md)."""

from mall.application import create_app

app = create_app()
