"""The pages of jobs: one's own, the result to take away, stopping."""

import pytest

from tests.cast import shop, sign_in, staff
from zhanggui.jobs.actions import open_job, record_outcomes
from zhanggui.jobs.models import Job, Outcome
from zhanggui.kit.sheets import harmless
from zhanggui.people.actors import actor_of
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(client):
    person = staff("1001", name="王小美")
    sign_in(client, person)
    return person


def job_of(person, **also) -> Job:
    return open_job(by=actor_of(person), kind="tests.none", title="批量插旗", order={}, total=3, **also)


def test_ones_own_job_is_shown_and_somebody_elses_is_not_found(client, mei):
    mine, other = job_of(mei), job_of(staff("1002"))
    assert client.get(f"/jobs/{mine.pk}/").status_code == 200
    for address in (f"/jobs/{other.pk}/", f"/jobs/{other.pk}/result.csv"):
        assert client.get(address).status_code == 404
    assert client.post(f"/jobs/{other.pk}/cancellation/").status_code == 404
    other.refresh_from_db()
    assert other.state == "waiting"
    page = client.get("/jobs/").content.decode()
    assert f"/jobs/{mine.pk}/" in page
    assert f"/jobs/{other.pk}/" not in page


def test_who_looks_after_a_shop_sees_its_jobs_only(client):
    wuhan, other = shop("WH01"), shop("WH02")
    sign_in(client, staff("1003", Power.SYSTEM_SEE, at=wuhan))
    author = staff("1004")
    assert client.get(f"/jobs/{job_of(author, shop_id=wuhan.pk).pk}/").status_code == 200
    assert client.get(f"/jobs/{job_of(author, shop_id=other.pk).pk}/").status_code == 404


def test_the_result_opens_in_a_spreadsheet_and_runs_nothing(client, mei):
    job = job_of(mei)
    rows = [
        Outcome(row=1, label="3028689418086017", result="done"),
        Outcome(row=2, label="=HYPERLINK(1)", result="refused", message="@SUM(1)"),
    ]
    record_outcomes(job, rows)
    body = b"".join(client.get(f"/jobs/{job.pk}/result.csv").streaming_content)
    assert body.startswith(b"\xef\xbb\xbf")
    lines = body.decode("utf-8-sig").splitlines()
    assert lines[1] == "1,3028689418086017,成功,"
    assert lines[2] == "2,'=HYPERLINK(1),被拒绝,'@SUM(1)"
    only = b"".join(client.get(f"/jobs/{job.pk}/result.csv?result=refused").streaming_content).decode()
    assert "3028689418086017" not in only


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", " =1", "＝1"])
def test_no_cell_is_a_formula(text):
    assert harmless(text) == f"'{text}"


def test_an_ordinary_cell_stays():
    assert harmless("订单 1-2") == "订单 1-2"


def test_cancelling_from_the_page(client, mei):
    job = job_of(mei)
    assert client.post(f"/jobs/{job.pk}/cancellation/").status_code == 302
    job.refresh_from_db()
    assert job.state == "cancelled"
    again = client.post(f"/jobs/{job.pk}/cancellation/")
    assert again.status_code == 409
    assert "已经结束" in again.content.decode()


def test_outcomes_are_paged_and_filtered(client, mei):
    job = job_of(mei)
    record_outcomes(
        job, [Outcome(row=n, label=f"N{n}", result="done" if n % 2 else "refused") for n in range(1, 121)]
    )
    page = client.get(f"/jobs/{job.pk}/?result=refused")
    assert [row.row for row in page.context["rows"]] == list(range(2, 101, 2))
    assert page.context["results"] == {"done": 60, "refused": 60}
    assert [
        row.row for row in client.get(f"/jobs/{job.pk}/?result=refused&after=100").context["rows"]
    ] == list(range(102, 121, 2))


def test_the_list_costs_the_same_for_one_job_and_for_forty(client, mei, django_assert_max_num_queries):
    for _number in range(40):
        Job.objects.create(kind="x", title="y", staff_id=mei.pk, actor="王小美")
    client.get("/jobs/")
    with django_assert_max_num_queries(6):
        client.get("/jobs/")
