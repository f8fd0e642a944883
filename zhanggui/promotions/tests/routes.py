"""The routes of this room for the walk of tests/test_routes.py."""

from typing import Any

from tests.routes import CANARY, Route, Stage
from zhanggui.people.powers import Power as P
from zhanggui.promotions.models import Auction, RedPacketIssue
from zhanggui.promotions.tests.offering import DAY, NOON, goods, offer


def _offer(stage: Stage) -> dict[str, Any]:
    return {"pk": stage.kept("offer", lambda: offer(shops=(stage.shop,), name=CANARY)).pk}


def _coupon(stage: Stage) -> dict[str, Any]:
    return {"pk": stage.kept("coupon_offer", lambda: offer("coupon", shops=(stage.shop,), name=CANARY)).pk}


def _issue(stage: Stage) -> dict[str, Any]:
    def make() -> RedPacketIssue:
        return RedPacketIssue.objects.create(
            merchant_id=stage.shop.merchant_id,
            shop_ids=[stage.shop.pk],
            name=CANARY,
            budget_fen=1,
            good_from=NOON,
            good_until=NOON + DAY,
            made_by=CANARY,
        )

    return {"pk": stage.kept("issue", make).pk}


def _auction(stage: Stage) -> dict[str, Any]:
    def make() -> Auction:
        return Auction.objects.create(
            shop=stage.shop,
            sku=goods("AUC"),
            title=CANARY,
            start_fen=1,
            step_fen=1,
            starts_at=NOON,
            ends_at=NOON + DAY,
            made_by=CANARY,
        )

    return {"pk": stage.kept("auction", make).pk}


ROUTES: list[Route] = [
    Route("promotions:offers", P.OFFER_SEE),
    Route("promotions:calendar", P.OFFER_SEE),
    Route("promotions:new", P.OFFER_EDIT),
    Route("promotions:new-kind", P.OFFER_EDIT, "GET POST", about=lambda s: {"kind": "reduction"}),
    Route("promotions:words", P.OFFER_EDIT, "POST", about=lambda s: {"kind": "reduction"}),
    Route("promotions:goods", P.OFFER_EDIT, query="?find=a"),
    Route("promotions:simulator", P.OFFER_SEE),
    Route("promotions:conflicts", P.OFFER_SEE),
    Route("promotions:conflict-search", P.OFFER_SEE, "POST", strict=True),
    Route("promotions:offer", P.OFFER_SEE, of_shop=_offer),
    Route("promotions:edit", P.OFFER_EDIT, "GET POST", of_shop=_offer, strict=True),
    Route("promotions:review", P.OFFER_EDIT, "POST", of_shop=_offer, strict=True),
    Route("promotions:approval", P.OFFER_APPROVE, "POST", of_shop=_offer, strict=True),
    Route("promotions:return", P.OFFER_SEE, "POST", of_shop=_offer, strict=True),
    Route("promotions:stop", P.OFFER_SEE, "POST", of_shop=_offer, strict=True),
    Route("promotions:copy", P.OFFER_EDIT, "POST", of_shop=_offer, strict=True),
    Route("promotions:coupons", P.OFFER_SEE, of_shop=_coupon),
    Route("promotions:coupons-csv", P.OFFER_SEE, of_shop=_coupon),
    Route("promotions:coupons-given", P.OFFER_EDIT, "POST", of_shop=_coupon),
    Route("promotions:auctions", P.OFFER_SEE),
    Route("promotions:auction-new", P.OFFER_EDIT, "GET POST"),
    Route("promotions:auction", P.OFFER_SEE, of_shop=_auction),
    Route("promotions:auction-edit", P.OFFER_EDIT, "GET POST", of_shop=_auction),
    Route("promotions:auction-publication", P.OFFER_APPROVE, "POST", of_shop=_auction),
    Route("promotions:auction-stop", P.OFFER_EDIT, "POST", of_shop=_auction),
    Route("promotions:auction-repeats", P.OFFER_EDIT, "POST", of_shop=_auction),
    Route("promotions:red-packets", P.OFFER_SEE),
    Route("promotions:red-packet-new", P.RED_PACKET_GRANT, "GET POST"),
    Route("promotions:red-packet-issue", P.OFFER_SEE, of_shop=_issue),
    Route("promotions:red-packet-approval", P.OFFER_APPROVE, "POST", of_shop=_issue),
    Route("promotions:red-packet-grants", P.RED_PACKET_GRANT, "POST", of_shop=_issue),
    Route("promotions:red-packet-revocations", P.RED_PACKET_GRANT, "POST", of_shop=_issue),
    Route("promotions:red-packet-stop", P.RED_PACKET_GRANT, "POST", of_shop=_issue),
]
