"""Settings, read from the environment. `docs/deploying.md` lists every variable; a missing one stops the start."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# ── what kind of installation this is ──────────────────────────────────────────────────────────────────────────────
ENVIRONMENT = env.str("ENVIRONMENT", default="production")
if ENVIRONMENT not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}; use production, demo or test.")
PRODUCTION = ENVIRONMENT == "production"
DEMO = ENVIRONMENT == "demo"

DEBUG = env.bool("DEBUG", default=False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("DEBUG must not be on in production.")
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is empty; name the hosts this installation answers to.")
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL] if PRODUCTION else [])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_filters",
    "template_partials",
    "aftersales.tenants",
    "aftersales.orders",
    "tickets",
    "evidence",
    "papers",
    "analytics",
    "aftersales.ui",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "aftersales.tenants.middleware.TenantMiddleware",
]

ROOT_URLCONF = "aftersales.urls"
WSGI_APPLICATION = "aftersales.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "aftersales.ui.context.site",
            ],
            "builtins": ["aftersales.ui.templatetags.ui", "aftersales.ui.templatetags.values"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ── servers ────────────────────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# The role that the web, the workers and the command line use; the owner's migrations grant it its rights.
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="aftersales_app")

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL"),
        "KEY_PREFIX": "aftersales",
        # A cache that hangs must not hold a request.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

CELERY_BROKER_URL = env.str("BROKER_URL")
# A task is taken again after visibility_timeout: longer than the longest task. No task is sent with an ETA.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("BROKER_VISIBILITY_TIMEOUT", default=1800),
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A request that wakes the relay must not wait for a broker that is away; beat wakes it anyway.
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
# What asks the object store has a queue of its own, and in `script/server` and Compose workers of its own: a store that
# hangs delays no mail and no clock. A worker that is not told its queues serves both.
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"celery": {}, "store": {}}
CELERY_TASK_ROUTES = {
    "evidence.tasks.sweep": {"queue": "celery"},
    **{names: {"queue": "store"} for names in ("evidence.*", "papers.*", "aftersales.orders.*")},
}

# One bucket, asked in two ways: a page gives the store up within seconds, a worker waits.
S3_REGION = env.str("S3_REGION", default="us-east-1")
_S3 = {
    "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or f"https://s3.{S3_REGION}.amazonaws.com",
    "public_url": env.str("S3_PUBLIC_URL", default=""),
    "bucket_name": env.str("S3_BUCKET"),
    "access_key": env.str("S3_ACCESS_KEY_ID"),
    "secret_key": env.str("S3_SECRET_ACCESS_KEY"),
    "region_name": S3_REGION,
    "addressing_style": env.str("S3_ADDRESSING_STYLE", default="path"),
    "signature_version": "s3v4",
    "file_overwrite": False,
    "default_acl": None,
    "querystring_auth": True,
    "querystring_expire": 120,
}
STORAGES = {
    "default": {"BACKEND": "aftersales.storage.ObjectStorage", "OPTIONS": {**_S3, "patience": 3, "attempts": 1}},
    "worker": {"BACKEND": "aftersales.storage.ObjectStorage", "OPTIONS": {**_S3, "patience": 30, "attempts": 3}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Received evidence waits here until the store has it; a folder that the web and all workers share.
EVIDENCE_SPOOL = env.path("EVIDENCE_SPOOL", default=BASE_DIR / "var" / "spool")

# ClamAV, tcp://host:port or unix:///path; empty: files are not scanned.
CLAMD_URL = env.str("CLAMD_URL", default="")
if CLAMD_URL and not CLAMD_URL.startswith(("tcp://", "unix:///")):
    raise ImproperlyConfigured(f"CLAMD_URL is {CLAMD_URL!r}; use tcp://host:3310 or unix:///path, or leave it empty.")

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://" if not PRODUCTION else environ.Env.NOTSET)
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Aftersales <no-reply@aftersales.example>")

# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "aftersales.tenants.accounts.ClosedSignup"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Known or unknown, an address gets at most three mails an hour and the same answer.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,3/h/key"}

# ── language and time ──────────────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["aftersales.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ── static files and browsers ──────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
# Large videos go from the browser straight to the store; everything else comes here.
_ADDRESS = urlsplit(_S3["public_url"] or _S3["endpoint_url"])
_HOST = f"{_S3['bucket_name']}.{_ADDRESS.netloc}" if _S3["addressing_style"] == "virtual" else _ADDRESS.netloc
STORE_ORIGIN = f"{_ADDRESS.scheme}://{_HOST}"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "connect-src": [SELF, STORE_ORIGIN],
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies stand before us; the client's address is taken that far from the right of X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["aftersales.uploads.DiskHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 20

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.str("LOG_LEVEL", default="WARNING" if ENVIRONMENT == "test" else "INFO"),
    },
}
