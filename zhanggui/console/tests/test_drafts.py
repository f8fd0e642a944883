"""A draft is a few texts by name; whatever else is sent is refused, and what was kept stays."""

import json

import pytest

from tests.cast import sign_in, staff
from zhanggui.console.actions.drafts import MOST_BYTES
from zhanggui.console.models import Draft

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "fields",
    [
        "[" * 100_000,
        "[" * 20_000,
        '{"a":' * 10_000,
        '{"a": ["\\ud800"]}',
        '{"\\udfff": ["x"]}',
        '{"a": [{"b": 1}]}',
        '{"a": [[1]]}',
        '{"a": 1}',
        "[1]",
        "1e999999",
        json.dumps({"a": ["x" * MOST_BYTES]}),
        json.dumps({"a": ["长" * (MOST_BYTES // 3)]}, ensure_ascii=False),
    ],
)
def test_what_is_no_draft_is_refused(client, fields):
    sign_in(client, staff("mei"))
    assert client.post("/drafts/", {"place": "p", "fields": '{"memo": ["别发"]}'}).status_code == 204
    assert client.post("/drafts/", {"place": "p", "fields": fields}).status_code == 422
    assert client.get("/drafts/?place=p").json() == {"fields": {"memo": ["别发"]}}
    assert Draft.objects.count() == 1
