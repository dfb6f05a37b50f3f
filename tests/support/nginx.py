"""The system's nginx as a plain reverse proxy."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.ports import free_ports, is_free
from devstack.process import Process

BINARY = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Host $http_host;
    }}
  }}
}}
"""


@contextmanager
def in_front_of(upstream: str, folder: Path) -> Iterator[int]:
    """Run it and give its port."""
    assert BINARY
    port = free_ports(1)[0]
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, upstream=upstream))
    command = [BINARY, "-c", str(configuration), "-e", str(folder / "start.log")]
    ready = lambda: not is_free(port)  # noqa: E731 - one use
    process = Process("nginx", command, os.environ, folder / "nginx.log", ready)
    try:
        process.wait_ready()
        yield port
    finally:
        process.stop()
