"""Requests that servers read in different ways, as bytes."""

HOST = b"Host: a\r\n"


def get(
    path: bytes,
    fields: bytes = b"",
    method: bytes = b"GET",
    version: bytes = b"HTTP/1.1",
    body: bytes = b"",
) -> bytes:
    return method + b" " + path + b" " + version + b"\r\n" + HOST + fields + b"\r\n" + body


REQUESTS = {
    "plain": get(b"/public/a"),
    "query": get(b"/public/a?x=1&x=2&y"),
    "empty query": get(b"/public/a?"),
    "query with slashes": get(b"/public/a?next=//b/../c"),
    "encoded space": get(b"/public/a%20b"),
    "plus": get(b"/public/a+b"),
    "utf-8": get(b"/public/caf%C3%A9"),
    "lower hex": get(b"/public/%c3%a9"),
    "unreserved encoded": get(b"/public/%7Ea%41"),
    "encoded percent": get(b"/public/100%25"),
    "bad percent": get(b"/public/100%"),
    "bad hex": get(b"/public/%zz"),
    "encoded slash": get(b"/public/a%2Fb"),
    "double encoded slash": get(b"/public/a%252Fb"),
    "encoded nul": get(b"/public/a%00"),
    "encoded newline": get(b"/public/a%0d%0aX: y"),
    "backslash": get(b"/public/a\\b"),
    "semicolon": get(b"/public/a;v=1"),
    "double slash": get(b"/public//a"),
    "dot": get(b"/public/./a"),
    "dots": get(b"/public/b/../a"),
    "dots beyond the root": get(b"/../../public/a"),
    "encoded dots": get(b"/public/b/%2e%2e/a"),
    "trailing dots": get(b"/public/b/.."),
    "fragment": get(b"/public/a#b"),
    "raw utf-8": get(b"/public/caf\xc3\xa9"),
    "raw space": get(b"/public/a b"),
    "absolute form": get(b"http://a/public/a"),
    "asterisk": get(b"*", method=b"OPTIONS"),
    "no host 1.1": b"GET /public/a HTTP/1.1\r\n\r\n",
    "no host 1.0": b"GET /public/a HTTP/1.0\r\n\r\n",
    "two hosts": get(b"/public/a", b"Host: b\r\n"),
    "http/1.0": get(b"/public/a", version=b"HTTP/1.0"),
    "http/0.9": b"GET /public/a\r\n",
    "http/1.2": get(b"/public/a", version=b"HTTP/1.2"),
    "http/2.0": get(b"/public/a", version=b"HTTP/2.0"),
    "lower method": get(b"/public/a", method=b"get"),
    "unknown method": get(b"/public/a", method=b"BREW"),
    "trace": get(b"/public/a", method=b"TRACE"),
    "connect": get(b"a:80", method=b"CONNECT"),
    "options": get(b"/public/a", method=b"OPTIONS"),
    "head": get(b"/public/a", method=b"HEAD"),
    "delete with a body": get(b"/public/a", b"Content-Length: 2\r\n", b"DELETE", body=b"ab"),
    "get with a body": get(b"/public/a", b"Content-Length: 2\r\n", body=b"ab"),
    "chunked": get(
        b"/public/a", b"Transfer-Encoding: chunked\r\n", b"POST", body=b"2\r\nab\r\n0\r\n\r\n"
    ),
    "chunk extension": get(
        b"/public/a", b"Transfer-Encoding: chunked\r\n", b"POST", body=b"2;x=y\r\nab\r\n0\r\n\r\n"
    ),
    "trailer": get(
        b"/public/a",
        b"Transfer-Encoding: chunked\r\nTrailer: X-T\r\n",
        b"POST",
        body=b"2\r\nab\r\n0\r\nX-T: 1\r\n\r\n",
    ),
    "chunked twice": get(
        b"/public/a", b"Transfer-Encoding: chunked, chunked\r\n", b"POST", body=b"0\r\n\r\n"
    ),
    "gzip, chunked": get(
        b"/public/a", b"Transfer-Encoding: gzip, chunked\r\n", b"POST", body=b"0\r\n\r\n"
    ),
    "identity coding": get(
        b"/public/a", b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n", b"POST", body=b"ab"
    ),
    "length and chunked": get(
        b"/public/a",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"POST",
        body=b"0\r\n\r\n",
    ),
    "two lengths": get(
        b"/public/a", b"Content-Length: 2\r\nContent-Length: 2\r\n", b"POST", body=b"ab"
    ),
    "different lengths": get(
        b"/public/a", b"Content-Length: 2\r\nContent-Length: 3\r\n", b"POST", body=b"abc"
    ),
    "length list": get(b"/public/a", b"Content-Length: 2, 2\r\n", b"POST", body=b"ab"),
    "signed length": get(b"/public/a", b"Content-Length: +2\r\n", b"POST", body=b"ab"),
    "negative length": get(b"/public/a", b"Content-Length: -1\r\n", b"POST"),
    "hex length": get(b"/public/a", b"Content-Length: 0x2\r\n", b"POST", body=b"ab"),
    "post without length": get(b"/public/a", b"", b"POST"),
    "bad chunk size": get(
        b"/public/a", b"Transfer-Encoding: chunked\r\n", b"POST", body=b"zz\r\nab\r\n0\r\n\r\n"
    ),
    "huge chunk size": get(
        b"/public/a",
        b"Transfer-Encoding: chunked\r\n",
        b"POST",
        body=b"fffffffffffffffff\r\nab\r\n0\r\n\r\n",
    ),
    "folded field": get(b"/public/a", b"X-A: a\r\n b\r\n"),
    "space before colon": get(b"/public/a", b"X-A : a\r\n"),
    "no colon": get(b"/public/a", b"X-A\r\n"),
    "empty name": get(b"/public/a", b": a\r\n"),
    "nul in a value": get(b"/public/a", b"X-A: a\x00b\r\n"),
    "bare cr in a value": get(b"/public/a", b"X-A: a\rb\r\n"),
    "bare newline": b"GET /public/a HTTP/1.1\nHost: a\n\n",
    "latin-1 value": get(b"/public/a", b"X-A: caf\xe9\r\n"),
    "empty value": get(b"/public/a", b"X-A:\r\n"),
    "tabs around a value": get(b"/public/a", b"X-A:\t a \t\r\n"),
    "underscore": get(b"/public/a", b"X_A: 1\r\n"),
    "dot in a name": get(b"/public/a", b"X.A: 1\r\n"),
    "same field twice": get(b"/public/a", b"X-A: 1\r\nX-A: 2\r\n"),
    "connection lists a field": get(b"/public/a", b"Connection: x-a\r\nX-A: 1\r\n"),
    "te": get(b"/public/a", b"TE: trailers\r\n"),
    "proxy-connection": get(b"/public/a", b"Proxy-Connection: keep-alive\r\n"),
    "upgrade h2c": get(
        b"/public/a",
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n",
    ),
    "expect": get(
        b"/public/a", b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"POST", body=b"ab"
    ),
    "unknown expectation": get(b"/public/a", b"Expect: a-cookie\r\n"),
    "range": get(b"/public/a", b"Range: bytes=0-1\r\n"),
    "condition": get(b"/public/a", b'If-None-Match: "x"\r\n'),
    "identity forged": get(b"/public/a", b"X-Auth-User: root\r\n"),
    "address forged": get(b"/public/a", b"X-Forwarded-For: 1.2.3.4\r\n"),
    "large field": get(b"/public/a", b"X-A: " + b"a" * 20000 + b"\r\n"),
    "long target": get(b"/public/" + b"a" * 20000),
    "many fields": get(b"/public/a", b"".join(b"X-%d: 1\r\n" % n for n in range(150))),
}
