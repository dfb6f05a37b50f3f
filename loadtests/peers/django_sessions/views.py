"""The peers' API on `request.session`; sign-in and sign-out do what django.contrib.auth does."""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

PASSWORD = "correct horse battery staple"
View = Callable[[HttpRequest], HttpResponse]


def _wait(milliseconds: Any) -> None:
    time.sleep(int(milliseconds or 0) / 1000)


def signed_in(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if "user" not in request.session:
            return JsonResponse({"error": "no session"}, status=401)
        return view(request)

    return checked


@require_GET
def healthz(_: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_POST
def log_in(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    if body.get("password") != PASSWORD:
        return JsonResponse({"error": "bad credentials"}, status=403)
    request.session.cycle_key()
    request.session["user"] = body["username"]
    return JsonResponse({"user": body["username"]})


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse(status=204)


@require_GET
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    _wait(request.GET.get("wait_ms"))
    data = {name: value for name, value in request.session.items() if name != "user"}
    return JsonResponse({"user": request.session["user"], "data": data})


@require_POST
@signed_in
def increment(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    name = body["name"]
    request.session[name] = request.session.get(name, 0) + 1
    _wait(body.get("wait_ms"))
    return JsonResponse({"value": request.session[name]})


@require_POST
@signed_in
def append(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    values = request.session.setdefault(body["name"], [])
    values.append(body["value"])
    request.session.modified = True
    _wait(body.get("wait_ms"))
    return JsonResponse({"length": len(values)})
