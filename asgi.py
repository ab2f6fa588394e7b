"""The mall as an ASGI app: `gunicorn -c deploy/gunicorn.conf.py asgi:app`, as `make run` and
deploy/ start it. An event loop takes the requests and hands them to Flask in threads."""

from mall.application import create_app
from mall.kernel.http.front import Front

app = Front(create_app())
