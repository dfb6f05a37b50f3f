"""gunicorn's settings for the shop."""

import os

wsgi_app = "shop.app:main()"
bind = os.environ.get("HOLDFAST_BIND", "127.0.0.1:8001")
worker_class = "gthread"
threads = 8
keepalive = 75
control_socket_disable = True
loglevel = "warning"
