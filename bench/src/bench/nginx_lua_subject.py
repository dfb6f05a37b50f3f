"""nginx with Lua reading a session the barest way: the practical limit of a gateway on Redis."""

from pathlib import Path

from bench import nginx
from bench.errors import NotHere
from bench.http import Request, call
from bench.lanes import NGINX_LUA, READ
from bench.store import StoreWithSession
from bench.subject import HttpSubject

_MODULES = Path("/usr/lib/nginx/modules")
_NEEDED = (_MODULES / "ngx_http_lua_module.so", Path("/usr/share/lua/5.1/nginx/redis.lua"))
_HEAD = f"""
load_module {_MODULES}/ndk_http_module.so; load_module {_MODULES}/ngx_http_lua_module.so;
"""
_LOCATION = """
    location = /session {{
      default_type application/json;
      content_by_lua_block {{
        local redis = require("nginx.redis"):new()
        redis:set_timeout(1000)
        assert(redis:connect("127.0.0.1", {port}))
        local fields = assert(redis:hgetall(ngx.var.cookie_session))
        redis:set_keepalive(60000, 512)
        local body = '["' .. table.concat(fields, '","') .. '"]'
        ngx.header["Content-Length"] = #body
        ngx.print(body)
      }}
    }}
"""


class NginxLuaSubject(HttpSubject):
    """One nginx worker: a bare HGETALL for each request, whose cookie is the key. No contract."""

    name, title, works = NGINX_LUA, "nginx with Lua, one bare HGETALL", (READ,)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._store, self._url = folder, StoreWithSession(folder / "redis"), ""

    def start(self) -> None:
        """Start it over a Redis with a session."""
        if not all(path.exists() for path in _NEEDED):
            raise NotHere("no nginx with Lua (Debian: libnginx-mod-http-lua lua-nginx-redis)")
        self._started.callback(self._store.stop)
        self._store.start()
        location = _LOCATION.format(port=self._store.port)
        process, self._url = nginx.start(self._folder / "nginx", location, _HEAD)
        self._started.callback(process.stop)
        self.groups = {self._store.process.pid, process.pid}
        call(self.request(READ))

    def request(self, work: str) -> Request:  # noqa: ARG002 - it does but one
        """Return the request of its only kind of work."""
        return Request("GET", self._url + "/session", {"cookie": f"session={self._store.key}"})
