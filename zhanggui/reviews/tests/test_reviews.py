"""A buyer reviews, changes, adds; the shop answers; the clock adds good to good (protocols 7.1, 7.2)."""

import time
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.cast import HOUSE, sign_in, staff
from tests.racing import race
from zhanggui.checkout.acting import for_buyer
from zhanggui.checkout.tests import cast as till
from zhanggui.customers import rules as rules_of_buyers
from zhanggui.customers.models import Try
from zhanggui.customers.tests.cast import buyer, shopping
from zhanggui.journal.models import Entry
from zhanggui.kit import pictures
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.gates import Gate
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.orders.models import Order, OrderLine
from zhanggui.orders.states import LineState, State
from zhanggui.people.powers import Power
from zhanggui.reviews import queries, shown
from zhanggui.reviews.actions import answering, windows, writing
from zhanggui.reviews.models import BuyerReview, Review, Window
from zhanggui.shops.actions.settings import set_value
from zhanggui.shops.models import Kind

pytestmark = pytest.mark.django_db
_goods = iter(range(10_000))


def finished(nick: str = "小鱼", *, shop=None, lines: int = 1, at=None) -> Order:
    """An order of an own shop whose buyer has confirmed it."""
    shop = shop or till.own_shop()
    wares = [(till.goods(f"G{next(_goods)}", in_shops=[shop]), 1) for _ in range(lines)]
    order = till.placed(*wares, by=buyer(nick), shop=shop)
    Order.objects.filter(pk=order.pk).update(state=State.FINISHED)
    OrderLine.objects.filter(order=order).update(state=LineState.FINISHED)
    windows.open_windows(by=HOUSE, shop_id=shop.pk, order_ids=[order.pk], at=at or now())
    order.refresh_from_db()
    return order


def say(order: Order, mark=1, *, at=None, scores=(5, 5, 5), person=None, text="很好"):
    person = person or order.buyer
    said = [writing.Said(line.pk, mark, text) for line in order.lines.order_by("position")]
    return writing.review(
        by=for_buyer(person),
        buyer=person,
        order=order,
        said=said,
        described=scores[0],
        served=scores[1],
        shipped=scores[2],
        anonymous=False,
        at=at or now(),
    )


def test_a_review_counts_for_credit_and_scores():
    order = finished()
    say(order, 1, scores=(5, 4, 3))
    found = queries.shop_standing(order.shop_id, now())
    assert (found.points, found.good, found.good_bp) == (1, 1, 10_000)
    assert (found.scores.described, found.scores.served, found.scores.shipped) == (500, 400, 300)


def test_a_mall_has_scores_but_no_marks():
    shop = till.own_shop("OW02", kind=Kind.MALL)
    order = finished(shop=shop)
    row = say(order, -1)[0]
    assert row.mark is None
    assert queries.shop_standing(shop.pk, now()).scores.many == 1


def test_at_most_six_marks_and_three_scores_of_a_pair_a_month():
    at = now().replace(day=15)
    for _ in range(8):
        say(finished(at=at), 1, at=at, scores=(1, 1, 1))
    say(finished("小虾", at=at), 1, at=at)
    found = queries.shop_standing(till.own_shop().pk, at)
    assert found.points == 6 + 1
    assert found.scores.many == 3 + 1
    assert found.scores.described == 200  # (1+1+1+5)/4
    later = (at + timedelta(days=31)).replace(day=2)
    say(finished(at=later), 1, at=later)
    assert queries.shop_standing(till.own_shop().pk, later).points == 8


def test_scores_older_than_180_days_do_not_count():
    at = now()
    say(finished(at=at), 1, at=at)
    assert queries.shop_standing(till.own_shop().pk, at + timedelta(days=179)).scores.many == 1
    assert queries.shop_standing(till.own_shop().pk, at + timedelta(days=180)).scores.many == 0
    assert queries.shop_standing(till.own_shop().pk, at + timedelta(days=180)).points == 1


@pytest.mark.parametrize("late", [timedelta(days=15), timedelta(days=40)])
def test_after_fifteen_days_it_is_too_late(late):
    order = finished()
    with pytest.raises(NotNow):
        say(order, at=now() + late)
    assert not Review.objects.exists()


def test_an_order_that_is_not_finished_has_no_window():
    order = till.placed((till.goods(f"G{next(_goods)}"), 1), by=buyer())
    windows.open_windows(by=HOUSE, shop_id=order.shop_id, order_ids=[order.pk], at=now())
    with pytest.raises(NotNow):
        say(order)
    assert not Review.objects.exists()


def test_anothers_order_does_not_exist():
    order = finished()
    with pytest.raises(NotFound):
        say(order, person=buyer("小虾"))
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("mark", "scores"), [(None, (5, 5, 5)), (2, (5, 5, 5)), (1, (0, 5, 5)), (1, (5, None, 5)), (1, (5, 5, 6))]
)
def test_marks_and_scores_must_be_there_and_known(mark, scores):
    order = finished()
    with pytest.raises(Invalid):
        say(order, mark, scores=scores)
    assert not Review.objects.exists()


def test_twice_is_refused():
    order = finished()
    say(order)
    with pytest.raises(NotNow):
        say(order, -1)
    assert Review.objects.get().mark == 1


def test_a_bad_mark_becomes_good_once_within_thirty_days():
    order = finished()
    at = now()
    row = say(order, -1, at=at)[0]
    person = order.buyer
    change = {"by": for_buyer(person), "buyer": person, "review_id": row.pk}
    with pytest.raises(NotNow):
        writing.change(**change, mark=1, at=at + timedelta(days=30))
    writing.change(**change, mark=0, at=at + timedelta(days=29))
    with pytest.raises(NotNow):
        writing.change(**change, mark=1, at=at + timedelta(days=29))
    row.refresh_from_db()
    assert (row.mark, row.changed_from) == (0, -1)
    with pytest.raises(NotFound):
        writing.change(by=HOUSE, buyer=buyer("小虾"), review_id=row.pk, mark=1, at=at)


def test_a_good_mark_never_becomes_worse():
    order = finished()
    row = say(order, 1)[0]
    with pytest.raises(NotNow):
        writing.change(by=for_buyer(order.buyer), buyer=order.buyer, review_id=row.pk, mark=0, at=now())
    row.refresh_from_db()
    assert row.mark == 1


def test_words_are_added_once_within_180_days():
    order = finished()
    at = now()
    row = say(order, 1, at=at)[0]
    add = {"by": for_buyer(order.buyer), "buyer": order.buyer, "review_id": row.pk}
    with pytest.raises(NotNow):
        writing.append(**add, text="用了半年", at=at + timedelta(days=180))
    writing.append(**add, text="用了五个月", at=at + timedelta(days=150))
    with pytest.raises(NotNow):
        writing.append(**add, text="再说一次", at=at + timedelta(days=151))
    row.refresh_from_db()
    assert row.added_text == "用了五个月"


def over(order: Order) -> None:
    Window.objects.filter(order_id=order.pk).update(closes_at=now() - timedelta(seconds=1))
    assert windows.close_due(by=HOUSE, at=now()) == 1
    assert windows.close_due(by=HOUSE, at=now()) == 0


def test_the_buyer_was_good_and_we_were_silent():
    order = finished()
    say(order, 1)
    over(order)
    assert BuyerReview.objects.get().by_system


def test_we_were_good_and_the_buyer_was_silent():
    order = finished(lines=2)
    window = Window.objects.get()
    answering.mark_buyer(by=HOUSE, window=window, mark=1, text="", at=now())
    over(order)
    assert list(Review.objects.values_list("mark", "by_system", "described")) == [(1, True, None)] * 2
    assert queries.shop_standing(order.shop_id, now()).scores.many == 0, "a good of the system scores nothing"


@pytest.mark.parametrize("mark", [0, -1])
def test_neutral_and_bad_are_never_automatic(mark):
    order = finished()
    say(order, mark)
    over(order)
    assert not BuyerReview.objects.exists()


def test_both_silent_is_nothing():
    order = finished()
    over(order)
    assert not Review.objects.exists()
    assert not BuyerReview.objects.exists()


def test_we_were_bad_and_the_buyer_was_silent():
    order = finished()
    answering.mark_buyer(by=HOUSE, window=Window.objects.get(), mark=-1, text="", at=now())
    over(order)
    assert not Review.objects.exists()


def test_an_answer_needs_the_power_in_the_shop():
    row = say(finished())[0]
    with pytest.raises(NotAllowed):
        answering.answer(by=for_buyer(row.buyer), review=row, text="谢谢", version=1, at=now())
    answering.answer(by=HOUSE, review=row, text="谢谢", version=1, at=now())
    with pytest.raises(NotNow):
        answering.answer(by=HOUSE, review=row, text="旧表单", version=1, at=now())
    row.refresh_from_db()
    assert row.answer == "谢谢"
    assert Entry.objects.filter(what="review.answered").count() == 1


def test_a_buyer_writes_on_the_page_and_sees_it():
    person = buyer()
    order = finished()
    client = shopping(person)
    address = f"/my/reviews/{order.number}/"
    page = client.get(address).content.decode()
    line = order.lines.get()
    assert f"mark-{line.pk}" in page
    told = {
        f"mark-{line.pk}": "1",
        f"text-{line.pk}": "茶很香",
        "described": "5",
        "served": "5",
        "shipped": "4",
    }
    assert client.post(address, told).status_code == 302
    assert "茶很香" in client.get(address).content.decode()
    assert client.post(address, told).status_code in (409, 422)
    assert Review.objects.count() == 1
    row = Review.objects.get()
    assert client.post(f"/my/reviews/additions/{row.pk}/", {"text": "还不错"}).status_code == 302
    assert client.post(f"/my/reviews/changes/{row.pk}/", {"mark": "0"}).status_code == 409


def test_another_buyers_pages_are_nowhere():
    order = finished()
    row = say(order)[0]
    client = shopping(buyer("小虾"))
    assert client.get(f"/my/reviews/{order.number}/").status_code == 404
    assert client.post(f"/my/reviews/changes/{row.pk}/", {"mark": "1"}).status_code == 404
    assert client.post(f"/my/reviews/additions/{row.pk}/", {"text": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.added_text == ""


def test_the_back_office_reads_and_answers(client):
    row = say(finished(), -1, text="漏了一盒")[0]
    silent = finished("小虾")
    browser = sign_in(client, staff("6101", Power.REVIEW_SEE, Power.REVIEW_ANSWER, at=row.shop))
    page = browser.get("/reviews/?mark=-1").content.decode()
    assert "漏了一盒" in page
    assert "漏了一盒" not in browser.get("/reviews/?mark=1").content.decode()
    assert browser.post(f"/reviews/{row.pk}/answer/", {"text": "马上补发", "version": "1"}).status_code == 302
    window = Window.objects.get(order_id=silent.pk)
    assert browser.post(f"/reviews/windows/{window.pk}/mark/", {"mark": "7"}).status_code == 422
    assert browser.post(f"/reviews/windows/{window.pk}/mark/", {"mark": "1"}).status_code == 302
    assert BuyerReview.objects.get().order_id == silent.pk


@pytest.mark.django_db(transaction=True)
def test_seven_at_once_still_count_six():
    """Reviews of one pair in the same instant: the buyer's row lets one through at a time."""
    at = now().replace(day=15)
    orders = [finished(at=at) for _ in range(8)]
    race(*[lambda order=order: say(order, 1, at=at) for order in orders])
    assert Review.objects.count() == 8
    assert queries.shop_standing(till.own_shop().pk, at).points == 6


@pytest.mark.django_db(transaction=True)
def test_control_without_holding_the_buyer_more_than_six_count(monkeypatch):
    at = now().replace(day=15)
    orders = [finished(at=at) for _ in range(8)]
    counted = writing.credit_left

    def slowly(*given):
        left = counted(*given)
        time.sleep(0.3)
        return left

    monkeypatch.setattr(writing, "_hold", lambda buyer_id: None)
    monkeypatch.setattr(writing, "credit_left", slowly)
    race(*[lambda order=order: say(order, 1, at=at) for order in orders])
    assert queries.shop_standing(till.own_shop().pk, at).points > 6


def test_a_bazaar_shop_shows_its_credit_level_and_a_mall_shop_its_scores_alone():
    bazaar, mall = till.own_shop(), till.own_shop("OW02", kind=Kind.MALL)
    for shop, mark in ((bazaar, 1), (mall, None)):
        say(finished(shop=shop), mark, scores=(5, 4, 5))
    for shop, leveled in ((bazaar, True), (mall, False)):
        told = shown.standing(None, shop=shop)
        assert "4.00" in told
        assert ("暂无信用等级" in told) is ("信用 1" in told) is leveled
    say(finished("小虾", shop=bazaar, lines=3), 1)
    told = shown.standing(None, shop=bazaar)
    assert "红心 ×1" in told
    assert "信用 4" in told
    assert "暂无信用等级" not in told


def test_a_shop_whose_marks_add_up_to_nothing_still_shows_them():
    shop = till.own_shop()
    say(finished("小鱼"), 1)
    say(finished("小虾"), -1)
    Review.objects.update(scores_count=False)
    assert "信用 0" in shown.standing(None, shop=shop)


def test_the_window_shows_what_a_shop_and_a_product_are_worth():
    order = finished()
    assert shown.standing(None, shop=order.shop) == ""
    row = say(order, 1, scores=(5, 4, 5), text="<b>茶很香</b>")[0]
    assert "4.00" in shown.standing(None, shop=order.shop)
    page = SimpleNamespace(card=SimpleNamespace(product_id=row.product_id))
    told = shown.of_product(None, shop=order.shop, page=page)
    assert "&lt;b&gt;茶很香" in told
    assert order.buyer.nick not in told, "only the first letter of a name is shown"
    Review.objects.update(anonymous=True)
    assert "匿名" in shown.of_product(None, shop=order.shop, page=page)
    Review.objects.update(hidden_at=now())
    assert "茶很香" not in shown.of_product(None, shop=order.shop, page=page)


def photo():
    target = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(target, "JPEG")
    return SimpleUploadedFile("茶.jpg", target.getvalue())


def written(order, line, **more):
    told = {
        f"mark-{line.pk}": "1",
        f"text-{line.pk}": "茶很香",
        "described": "5",
        "served": "5",
        "shipped": "4",
    }
    return shopping(order.buyer).post(f"/my/reviews/{order.number}/", told | more)


def test_photos_come_with_a_review_and_stand_small_on_the_page(settings, tmp_path):
    settings.HOME = tmp_path
    order = finished()
    line = order.lines.get()
    field = f"pictures-{line.pk}"
    assert (
        written(order, line, **{field: [photo(), SimpleUploadedFile("x.jpg", b"no picture")]}).status_code
        == 422
    )
    assert written(order, line, **{field: [photo() for _ in range(6)]}).status_code == 422
    assert not Review.objects.exists()
    assert not list((tmp_path / "pictures").glob("*")), "what was refused is not kept"
    assert written(order, line, **{field: [photo(), photo()]}).status_code == 302
    row = Review.objects.get()
    assert len(row.pictures) == 2
    page = shopping(order.buyer).get(f"/my/reviews/{order.number}/").content.decode()
    assert f'/pictures/{row.pictures[0]}" width="72" height="72" alt="' in page
    assert "晒图 1" in page


@pytest.mark.parametrize(
    "wrong",
    [{"mark": "9"}, {"mark": ""}, {"described": "0"}, {"text": "茶" * 501}, {"pictures": 6}, {"late": True}],
    ids=["no mark", "empty mark", "score", "text", "six pictures", "closed"],
)
def test_what_is_refused_anyhow_costs_no_decoding(settings, tmp_path, monkeypatch, wrong):
    settings.HOME = tmp_path
    turns: list[int] = []
    honest = pictures._kept
    monkeypatch.setattr(pictures, "_kept", lambda *given: turns.append(1) or honest(*given))
    order = finished()
    line = order.lines.get()
    told = {f"pictures-{line.pk}": [photo() for _ in range(wrong.get("pictures", 5))]}
    told |= {f"{name}-{line.pk}": wrong[name] for name in ("mark", "text") if name in wrong}
    told |= {name: wrong[name] for name in ("described",) if name in wrong}
    if "late" in wrong:
        Window.objects.update(closed_at=now())
    assert written(order, line, **told).status_code in (409, 422)
    assert (turns, list(tmp_path.glob("pictures/*")), Review.objects.count()) == ([], [], 0)
    assert not Try.objects.filter(step="picture").exists(), "and none of the day's pictures"
    if "late" not in wrong:
        assert written(order, line, **{f"pictures-{line.pk}": [photo()]}).status_code == 302
        assert turns == [1], "the control: what is right is decoded"


def test_a_buyer_has_so_many_pictures_a_day_refused_ones_too(settings, tmp_path):
    settings.HOME = tmp_path
    order = finished()
    today = day_of(now())
    set_value(by=HOUSE, shop=order.shop, name="reviews.pictures_a_day", text="3", since=today, at=now())
    line = order.lines.get()
    field, good = f"pictures-{line.pk}", photo().read()
    for broken in (good[:-30], good[:-30]):
        cut = SimpleUploadedFile("x.jpg", broken)
        assert written(order, line, **{field: [cut]}).status_code == 422
    over = written(order, line, **{field: [photo(), photo()]})
    assert over.status_code == 429
    assert int(over["Retry-After"]) > 80_000
    assert "最多上传 3 张图片" in over.content.decode()
    assert not list(tmp_path.glob("pictures/*"))
    Try.objects.filter(step="picture").update(at=now() - rules_of_buyers.PICTURE_WINDOW)
    assert written(order, line, **{field: [photo(), photo()]}).status_code == 302, "the next day"


def test_a_crowd_with_pictures_is_told_to_come_back(settings, tmp_path, monkeypatch):
    settings.HOME = tmp_path
    order = finished()
    line = order.lines.get()
    monkeypatch.setattr(pictures, "_gate", Gate(1, -1, lambda: "later"))
    answer = written(order, line, **{f"pictures-{line.pk}": [photo()]})
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert not Review.objects.exists()
    assert not Try.objects.filter(step="picture").exists(), "who is sent away has not used his day"
    assert written(order, line).status_code == 302, "words alone wait for nobody"


def test_a_review_is_hidden_with_a_reason_that_its_writer_reads_and_still_counts(client):
    row = say(finished(), -1, text="骂人的话")[0]
    address = f"/reviews/{row.pk}/hiding/"
    reader = sign_in(Client(), staff("6102", Power.REVIEW_SEE, at=row.shop))
    assert reader.post(address, {"reason": "骂人", "version": "1"}).status_code == 403
    clerk = sign_in(client, staff("6101", Power.REVIEW_SEE, Power.REVIEW_ANSWER, at=row.shop))
    assert clerk.post(address, {"reason": "", "version": "1"}).status_code == 422
    assert clerk.post(address, {"reason": "辱骂他人", "version": "1"}).status_code == 302
    assert clerk.post(address, {"reason": "再来", "version": "1"}).status_code == 409
    assert queries.of_product(row.product_id, row.shop_id).rows == []
    assert queries.shop_standing(row.shop_id, now()).points == -1
    order = Order.objects.get(pk=row.order_id)
    assert "辱骂他人" in shopping(order.buyer).get(f"/my/reviews/{order.number}/").content.decode()
    assert Entry.objects.get(what="review.hidden").reason == "辱骂他人"
    assert clerk.post(address, {"show": "1", "version": "2"}).status_code == 302
    assert queries.of_product(row.product_id, row.shop_id).every == 1


def test_the_products_reviews_can_be_narrowed(rf, django_assert_num_queries):
    order = finished()
    row = say(order, 1, text="只有字")[0]
    other = say(finished("小虾"), 1, text="有图有话")[0]
    Review.objects.filter(pk=other.pk).update(product=row.product_id, pictures=["a" * 32 + ".jpg"])
    with django_assert_num_queries(1):
        found = queries.of_product(row.product_id, row.shop_id)
    assert (found.every, found.pictured, found.added) == (2, 1, 0)
    with django_assert_num_queries(2):
        found = queries.of_product(row.product_id, row.shop_id, only="pictures")
    assert [one.pk for one in found.rows] == [other.pk]
    assert found.every == 2
    page = SimpleNamespace(card=SimpleNamespace(product_id=row.product_id))
    told = shown.of_product(rf.get("/?reviews=added"), shop=order.shop, page=page)
    assert "还没有这样的评价" in told
    assert "只有字" not in told
