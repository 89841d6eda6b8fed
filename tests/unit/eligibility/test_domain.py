"""The pure rules of the room."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eligibility import domain
from services.kernel.errors import Conflict
from tests.factories.eligibility import DOSSIER_SHA256, decision, finding

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_day_of_an_assessment_is_the_lima_date_of_the_submission() -> None:
    late_in_lima = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    for state in ("submitted", "under_assessment"):
        day, dossier = domain.handed_in(
            state=state, submitted_at=late_in_lima, dossier_sha256=DOSSIER_SHA256
        )
        assert (day, dossier) == (date(2026, 3, 1), DOSSIER_SHA256)


@pytest.mark.parametrize(
    ("state", "submitted_at", "dossier"),
    [
        ("draft", None, None),
        ("observed", datetime(2026, 3, 2, tzinfo=UTC), DOSSIER_SHA256),
        ("withdrawn", datetime(2026, 3, 2, tzinfo=UTC), DOSSIER_SHA256),
        ("eligible", datetime(2026, 3, 2, tzinfo=UTC), DOSSIER_SHA256),
        ("submitted", None, DOSSIER_SHA256),
        ("submitted", datetime(2026, 3, 2, tzinfo=UTC), None),
    ],
)
def test_only_an_application_that_waits_is_assessed(
    state: str, submitted_at: datetime | None, dossier: str | None
) -> None:
    with pytest.raises(Conflict) as refusal:
        domain.handed_in(state=state, submitted_at=submitted_at, dossier_sha256=dossier)
    assert refusal.value.code == "eligibility.not_assessable"


@given(JSON)
def test_a_document_does_not_differ_from_itself(document: Any) -> None:
    assert domain.differences(stored=document, now=document) == []


@given(JSON, JSON)
def test_documents_differ_exactly_when_they_are_not_equal(one: Any, other: Any) -> None:
    found = domain.differences(stored={"a": one}, now={"a": other})
    assert bool(found) is (_text(one) != _text(other))
    assert all(difference.path.startswith("/a") for difference in found)


def _text(document: Any) -> str:
    return json.dumps(document, sort_keys=True)


def test_a_new_finding_before_the_others_is_one_difference() -> None:
    kept, new = finding("MEM-003"), finding("ANC-002")
    found = domain.differences(stored=decision(kept), now=decision(new, kept))
    assert [(one.path, one.stored, one.now) for one in found] == [
        ("/findings/ANC-002 producer pro_1", None, new)
    ]


def test_a_difference_names_the_place() -> None:
    now = decision(finding(fact={"total_area_m2": 70000}))
    [found] = domain.differences(stored=decision(finding()), now=now)
    assert found.path == "/findings/MEM-003 producer pro_1/fact/total_area_m2"
    assert (found.stored, found.now) == (60000, 70000)


def test_true_is_not_one_and_pointers_are_escaped() -> None:
    [found] = domain.differences(stored={"a/b~c": True}, now={"a/b~c": 1})
    assert found == domain.Difference("/a~1b~0c", True, 1)


def test_an_absent_field_is_not_a_null_one() -> None:
    assert domain.differences(stored={"a": None}, now={}) == [domain.Difference("/a", None, None)]
