"""Asks the server of this container for /healthz, by a bare socket: importing more costs more."""

import os
import socket
import sys

port = int(os.environ["HOLDFAST_BIND"].rpartition(":")[2])
host = os.environ.get("HOLDFAST_HOSTS", "").partition(",")[0].strip() or "localhost"
request = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
with socket.create_connection(("127.0.0.1", port), timeout=2) as server:
    server.sendall(request.encode())
    sys.exit(not server.recv(64).startswith(b"HTTP/1.1 200 "))
