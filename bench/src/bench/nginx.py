"""The system's nginx, with one worker."""

import os
import shutil
from pathlib import Path

from bench.errors import NotHere
from devstack.ports import free_ports, is_free
from devstack.process import Process

_CONFIGURATION = """
{head}
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  client_body_buffer_size 2m; client_max_body_size 2m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {http}
  server {{
    listen 127.0.0.1:{port} backlog=2048; listen unix:{folder}/own.sock;
    {locations}
  }}
}}
"""


def start(folder: Path, locations: str, head: str = "", http: str = "") -> tuple[Process, str]:
    """Start it with parts of a configuration; return it with its URL. Raises NotHere, StartError.

    It listens on `folder/own.sock`, too.
    """
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        raise NotHere("no nginx here (Debian: apt install nginx)")
    if os.geteuid() == 0:
        # Else its worker becomes somebody who may not look into the folder.
        head += " user root;"
    folder.mkdir(parents=True)
    (port,) = free_ports(1)
    parts = {"folder": folder, "port": port, "locations": locations, "head": head, "http": http}
    configuration, log = folder / "nginx.conf", folder / "start.log"
    configuration.write_text(_CONFIGURATION.format(**parts))
    command = [binary, "-c", str(configuration), "-e", str(log)]
    process = Process("nginx", command, os.environ, log, lambda: not is_free(port))
    try:
        process.wait_ready()
    except BaseException:
        process.stop()
        raise
    return process, f"http://127.0.0.1:{port}"
