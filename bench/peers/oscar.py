"""django-oscar: its sandbox checkout as it comes, on gunicorn (2 processes of 4 threads) and PostgreSQL.

A purchase is two articles put into the basket, a guest's e-mail, an address, the only shipping method, no payment,
and the order: seven requests. The forms' token is switched off, so no page has to be read first: that favours it.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.peers import home
from bench.peers.loop import until_it_answers

PORT = 18651
ARTICLES = 1000
SETTINGS = """
from oscar.defaults import *
import os
SECRET_KEY = "of a measurement"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "oscar", "USER": "postgres",
                         "HOST": os.environ["PEER_SOCKET"], "CONN_MAX_AGE": None, "ATOMIC_REQUESTS": True}}
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
    "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.flatpages", "django.contrib.admin",
    "oscar.config.Shop", "oscar.apps.analytics.apps.AnalyticsConfig", "oscar.apps.checkout.apps.CheckoutConfig",
    "oscar.apps.address.apps.AddressConfig", "oscar.apps.shipping.apps.ShippingConfig",
    "oscar.apps.catalogue.apps.CatalogueConfig", "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "oscar.apps.communication.apps.CommunicationConfig", "oscar.apps.partner.apps.PartnerConfig",
    "oscar.apps.basket.apps.BasketConfig", "oscar.apps.payment.apps.PaymentConfig",
    "oscar.apps.offer.apps.OfferConfig", "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig", "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig", "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig", "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
    "oscar.apps.dashboard.users.apps.UsersDashboardConfig", "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
    "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
    "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
    "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
    "oscar.apps.dashboard.pages.apps.PagesDashboardConfig", "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
    "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
    "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
    "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
    "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
    "widget_tweaks", "haystack", "treebeard", "sorl.thumbnail", "django_tables2",
]
SITE_ID = 1
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware", "oscar.apps.basket.middleware.BasketMiddleware",
]
AUTHENTICATION_BACKENDS = ("oscar.apps.customer.auth_backends.EmailBackend",
                           "django.contrib.auth.backends.ModelBackend")
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages", "oscar.apps.search.context_processors.search_form",
        "oscar.apps.checkout.context_processors.checkout", "oscar.apps.communication.notifications.context_processors.notifications",
        "oscar.core.context_processors.metadata"]}}]
ROOT_URLCONF = "peer_urls"
STATIC_URL = "/static/"
MEDIA_ROOT = os.path.join(os.path.dirname(__file__), "media")
USE_TZ = True
LANGUAGE_CODE = "en-gb"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_SHOP_NAME = "peer"
"""
URLS = """
from django.apps import apps
from django.urls import include, path
urlpatterns = [path("i18n/", include("django.conf.urls.i18n")), path("", include(apps.get_app_config("oscar").urls[0]))]
"""
FILL = """
import django, sys
django.setup()
from decimal import Decimal
from django.contrib.sites.models import Site
from oscar.core.loading import get_model
Site.objects.get_or_create(pk=1, defaults={"domain": "peer", "name": "peer"})
Country = get_model("address", "Country")
Country.objects.get_or_create(iso_3166_1_a2="GB", defaults={"name": "GB", "printable_name": "GB", "is_shipping_country": True})
Product, Class = get_model("catalogue", "Product"), get_model("catalogue", "ProductClass")
Record, Partner = get_model("partner", "StockRecord"), get_model("partner", "Partner")
kind = Class.objects.create(name="goods", track_stock=True)
partner = Partner.objects.create(name="house")
for number in range(1, int(sys.argv[1]) + 1):
    product = Product.objects.create(title=f"Article {number}", product_class=kind, upc=str(number))
    Record.objects.create(product=product, partner=partner, partner_sku=str(number), price=Decimal("9.90"),
                          num_in_stock=int(sys.argv[2]) if number == 1 else 10_000_000)
"""


@contextmanager
def opened(stock: int) -> Iterator[tuple[str, Path]]:
    """Oscar with a thousand articles, the first with so many pieces; gives its address and the database's socket."""
    interpreter = home.python()
    folder = home.HOME / "oscar-site"
    folder.mkdir(exist_ok=True)
    for name, text in (("peer_settings.py", SETTINGS), ("peer_urls.py", URLS), ("fill.py", FILL)):
        (folder / name).write_text(text)
    with home.database("oscar") as socket:
        env = {
            "DJANGO_SETTINGS_MODULE": "peer_settings",
            "PEER_SOCKET": str(socket),
            "PYTHONPATH": str(folder),
        }
        run = {"cwd": folder, "env": {**os.environ, **env}, "check": True, "capture_output": True}
        subprocess.run([interpreter, "-m", "django", "migrate", "--run-syncdb"], **run)  # type: ignore[call-overload]
        subprocess.run([interpreter, "fill.py", str(ARTICLES), str(stock)], **run)  # type: ignore[call-overload]
        gunicorn = interpreter.parent / "gunicorn"
        (folder / "peer_wsgi.py").write_text(
            "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
        )
        command: list[object] = [
            gunicorn,
            "-w",
            2,
            "--threads",
            4,
            "-b",
            f"127.0.0.1:{PORT}",
            "peer_wsgi:application",
        ]
        with home.running(command, folder, env, "oscar"):
            base = f"http://127.0.0.1:{PORT}"
            asyncio.run(until_it_answers(base, "/basket/"))
            yield base, socket


async def spread(client: httpx.AsyncClient, number: int) -> bool:
    """Two articles, spread over the shelf."""
    return await _buy(client, 2 + number * 2 % (ARTICLES - 2), 3 + number * 2 % (ARTICLES - 3))


async def hot(client: httpx.AsyncClient, number: int) -> bool:
    """One piece of the hot article."""
    return await _buy(client, 1)


async def _buy(client: httpx.AsyncClient, *articles: int) -> bool:
    for article in articles:
        await client.post(f"/basket/add/{article}/", data={"quantity": "1"})
    await client.post("/checkout/", data={"username": "guest@example.com", "options": "anonymous"})
    await client.post(
        "/checkout/shipping-address/",
        data={
            "first_name": "A",
            "last_name": "B",
            "line1": "1 Road",
            "line4": "Town",
            "postcode": "N1 9RT",
            "country": "GB",
        },
    )
    await client.get("/checkout/shipping-method/")
    await client.get("/checkout/payment-method/")
    answer = await client.post("/checkout/preview/", data={"action": "place_order"})
    return answer.status_code == 302 and "thank-you" in answer.headers["location"]


COUNT = "SELECT count(*) FROM order_order"
SOLD = "SELECT coalesce(sum(quantity), 0) FROM order_line WHERE partner_sku = '1'"
DATABASE = "oscar"
