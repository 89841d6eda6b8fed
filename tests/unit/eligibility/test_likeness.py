"""Values made comparable, and plans that share their text."""

import pytest

from services.eligibility import likeness
from services.eligibility.facts import ApplicationReader, RegistryReader
from tests.factories.eligibility import application, registry_facts

PLAN = (
    "Riego tecnificado y acopio de palta Hass en el valle de Huanta, con reservorio revestido de"
    " geomembrana, goteo en dieciocho hectáreas, balanza, jabas y capacitación en poda y calibre"
    " para vender a la empresa tractora durante tres campañas seguidas con precio pactado"
)


@pytest.mark.parametrize(
    "phone",
    ["987654321", "+51 987 654 321", "0051-987-654-321", "(+51) 987654321", "51987654321"],
)
def test_a_telephone_is_one_in_any_spelling(phone: str) -> None:
    assert likeness.normal_phone(phone) == "987654321"


def test_a_fixed_line_that_begins_like_the_country_keeps_its_digits() -> None:
    assert likeness.normal_phone("51 234 567") == "51234567"


def test_texts_differ_neither_by_accents_nor_by_case_nor_by_punctuation() -> None:
    assert likeness.normal_text("Jr. Áncash  N.° 12-B") == likeness.normal_text("JR ANCASH N° 12 b")


def test_a_copied_plan_is_alike_and_another_is_not() -> None:
    one = likeness.signature_of(PLAN)
    copied = likeness.signature_of(PLAN.upper().replace("HUANTA", "Satipo"))
    other = likeness.signature_of(" ".join(reversed(PLAN.split())))
    assert one is not None
    assert copied is not None
    assert other is not None
    assert likeness.similarity_percent(one, one) == 100
    assert likeness.similarity_percent(one, copied) >= 75
    assert likeness.similarity_percent(one, other) <= 10


def test_a_plan_of_a_few_words_resembles_none() -> None:
    assert likeness.signature_of("Riego y acopio en Huanta") is None


def test_what_is_shown_of_people_is_masked() -> None:
    body = ApplicationReader.model_validate(application())
    profile = {
        "phone": "+51 987 654 321",
        "email": "rosa.quispe@correo.example",
        "directors": [{"dni": "40123456", "full_name": "Rosa Quispe Huamán"}],
        "adviser": {"name": "Luis Rojas", "ruc": None},
        "notary": "...",
        "formed_on": "2024-06-24",
    }
    facts = RegistryReader.model_validate(
        {**registry_facts(body.consortium_id), "profile": profile}
    )
    traits = likeness.traits_of(body, facts).values
    shown = {trait.kind: trait.shown for trait in traits if trait.kind != "cci"}
    assert shown == {
        "phone": "teléfono …321",
        "email": "r…@correo.example",
        "director": "R. Q. H., DNI …456",
        "adviser": "L. R.",
        "adviser_day": "L. R., 2024-06-24",
        "formed_day": "2024-06-24",
    }
    assert all(trait.shown.startswith("CCI …") for trait in traits if trait.kind == "cci")
