"""Settings. Everything a machine may need to change comes from the environment; the rest is here."""

import logging

import environ
from django.utils.translation import gettext_lazy as _

from zhanggui.site import keys, messages
from zhanggui.site.home import home

env = environ.Env()
HOME = home()
DEBUG = env.bool("ZHANGGUI_DEBUG", default=False)
_keys = keys.load(HOME)
SECRET_KEY = _keys.secret
SEALING_KEYS = _keys.sealing
TRACING_KEY = _keys.tracing
ALLOWED_HOSTS = env.list("ZHANGGUI_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("ZHANGGUI_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "template_partials.apps.SimpleAppConfig",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "zhanggui.kit",
    "zhanggui.journal",
    "zhanggui.ledger",
    "zhanggui.jobs",
    "zhanggui.people",
    "zhanggui.shops",
    "zhanggui.customers",
    "zhanggui.catalog",
    "zhanggui.stock",
    "zhanggui.freight",
    "zhanggui.promotions",
    "zhanggui.orders",
    "zhanggui.checkout",
    "zhanggui.reviews",
    "zhanggui.connect",
    "zhanggui.console",
    "zhanggui.storefront",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "zhanggui.kit.pictures.PicturesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "zhanggui.kit.odd.OddInputMiddleware",
    "zhanggui.people.middleware.ActorMiddleware",
    "zhanggui.customers.sessions.ShoppingMiddleware",
    "zhanggui.kit.language.LanguageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zhanggui.kit.middleware.RefusalMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "zhanggui.site.urls"
WSGI_APPLICATION = None
AUTH_USER_MODEL = "people.Staff"
AUTHENTICATION_BACKENDS = ["zhanggui.people.auth.Backend"]
LOGIN_URL = "people:sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

_loaders = ["django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    _loaders if DEBUG else [("django.template.loaders.cached.Loader", _loaders)],
                )
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "zhanggui.kit.templatetags.kit",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "zhanggui.kit.context.frame",
            ],
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres:///zhanggui")}
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    CONN_MAX_AGE=None,
    CONN_HEALTH_CHECKS=True,
)
# For kit/prepared.py alone (Django's own cursors prepare nothing): the driver may prepare, and what it prepared is planned
# once, not once for each call. Behind a pooler that hands out connections by transaction: ZHANGGUI_PREPARE=no.
DATABASES["default"].setdefault("OPTIONS", {})
if env.bool("ZHANGGUI_PREPARE", default=True):
    DATABASES["default"]["OPTIONS"] = {
        "prepare_threshold": 5,
        "options": "-c plan_cache_mode=force_generic_plan",
        **DATABASES["default"]["OPTIONS"],
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [messages.compiled(HOME)]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 60  # names carry no hash: an upgrade must be seen soon

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("ZHANGGUI_HTTPS", default=False)
SESSION_COOKIE_NAME = "__Host-zhanggui" if SESSION_COOKIE_SECURE else "zhanggui"
CSRF_COOKIE_NAME = "__Host-csrf" if CSRF_COOKIE_SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "zhanggui.people.views.entry.csrf_failure"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

PROCRASTINATE_IMPORT_PATHS = ["zhanggui.site.tasks"]

PUBLIC_URL = env("ZHANGGUI_URL", default="http://127.0.0.1:9").rstrip("/")
"""How payment providers reach this house; part of every notice's address. `zhanggui up` names it; where nobody does (tests,
scripts) notices go nowhere, not to whatever house listens at a guessed port of this machine.
"""
SANDBOX_URL = env("ZHANGGUI_SANDBOX_URL", default="").rstrip("/")
"""Where the payment sandbox of a demo listens; empty: there is none (docs/payments.md)."""

IMPORT_MOST_BYTES = env.int("ZHANGGUI_IMPORT_MB", default=512) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "seldom": {"()": "zhanggui.site.quietly.Seldom"},
        "troubles": {"()": "zhanggui.site.quietly.Troubles"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django.request": {"filters": ["troubles"]},
        "procrastinate.blueprints": {"level": "ERROR"},  # it minds `python -m zhanggui.site.worker`
        "django.security.DisallowedHost": {
            "filters": ["seldom"]
        },  # whoever scans the net sends such by the hundred
    },
    "root": {"handlers": ["console"], "level": env("ZHANGGUI_LOG", default="WARNING")},
}
logging.captureWarnings(True)
