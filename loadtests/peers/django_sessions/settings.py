"""Django's sessions on its Redis cache; SESSION_ENGINE says whether a database backs it."""

import os
from pathlib import Path

SECRET_KEY = os.environ["SESSION_SECRET"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["django.contrib.sessions"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
USE_TZ = True

SESSION_ENGINE = os.environ["SESSION_ENGINE"]
SESSION_COOKIE_AGE = int(os.environ["IDLE_SECONDS"])
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["REDIS_URL"],
    }
}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(os.environ["STATE_DIR"]) / "django.sqlite",
        # What Django's notes on SQLite advise where several processes write.
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;",
        },
    }
}
