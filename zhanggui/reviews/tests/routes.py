"""The routes of this room for the walk of tests/test_routes.py."""

from typing import Any

from tests.cast import NOON
from tests.routes import CANARY, Route, Stage
from zhanggui.people.powers import Power as P
from zhanggui.reviews.models import Review, Window


def _review(stage: Stage) -> dict[str, Any]:
    def make() -> Review:
        order = stage.order
        return Review.objects.create(
            line=stage.line,
            order_id=order.pk,
            shop=stage.shop,
            buyer=stage.own_buyer,
            mark=1,
            text=CANARY,
            made_at=NOON,
        )

    return {"pk": stage.kept("review", make).pk}


def _window(stage: Stage) -> dict[str, Any]:
    def make() -> Window:
        return Window.objects.create(
            order_id=stage.order.pk, shop=stage.shop, opened_at=NOON, closes_at=NOON.replace(year=2999)
        )

    return {"pk": stage.kept("review_window", make).pk}


ROUTES: list[Route] = [
    Route("reviews:list", P.REVIEW_SEE),
    Route("reviews:answer", P.REVIEW_ANSWER, "POST", of_shop=_review),
    Route("reviews:hiding", P.REVIEW_ANSWER, "POST", of_shop=_review),
    Route("reviews:buyer-mark", P.REVIEW_ANSWER, "POST", of_shop=_window),
    Route("reviews:write", None, "GET POST", about=lambda s: {"number": "1"}),
    Route("reviews:change", None, "POST", about=_review),
    Route("reviews:append", None, "POST", about=_review),
]
