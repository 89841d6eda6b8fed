"""What the registry's bodies accept and refuse."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.registry import schemas
from services.registry.schemas import AnchorFirmIn, ConsortiumIn, ProducerIn


def _with(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    head, _, rest = path.partition("/")
    inner = body[int(head)] if isinstance(body, list) else body.get(head)
    changed = _with(inner, rest, value) if rest else value  # type: ignore[arg-type]
    if isinstance(body, list):
        return [*body[: int(head)], changed, *body[int(head) + 1 :]]  # type: ignore[return-value]
    return {**body, head: changed}


def test_the_examples_of_the_contract_are_valid() -> None:
    AnchorFirmIn.model_validate(schemas.ANCHOR_FIRM)
    ProducerIn.model_validate(schemas.PRODUCER)
    ConsortiumIn.model_validate({**schemas.CONSORTIUM, "members": [schemas.MEMBER]})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("dni", "4012345"),
        ("dni", "4012345K"),
        ("dni", 40123456),
        ("full_name", "   "),
        ("full_name", "Rosa\x00"),
        ("full_name", "\ud800"),
        ("full_name", "x" * 201),
        ("sex", "m"),
        ("born_on", "1899-12-31"),
        ("born_on", "2101-01-01"),
        ("born_on", "0001-01-01"),
        ("born_on", "2026-02-30"),
        ("born_on", "1984-05-17T00:00:00"),
        ("born_on", 0),
        ("born_on", 10**400),
        ("born_on", None),
        ("alive", "true"),
        ("alive", 1),
        ("cci", "0021930012345678901"),
        ("cci", "٠" * 20),
        ("ppa", {"valid_from": "2025-03-01"}),
        ("parcels/0/area_ha", "0"),
        ("parcels/0/area_ha", "10000.0001"),
        ("parcels/0/area_ha", "1.00001"),
        ("parcels/0/area_ha", 1.8),
        ("parcels/0/ubigeo/scheme", "SUNAT"),
        ("parcels/0/ubigeo/code", "12030"),
        ("parcels", [schemas.PRODUCER["parcels"][0]] * 101),  # type: ignore[index]
        ("surprise", 1),
    ],
)
def test_a_producer_that_is_not_one_is_refused(path: str, value: object) -> None:
    with pytest.raises(ValidationError):
        ProducerIn.model_validate(_with(schemas.PRODUCER, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ruc", "20100070971"),
        ("ruc", "99100070970"),
        ("ruc_state", "activo"),
        ("ruc_condition", "HALLADO"),
        ("exporting", "yes"),
    ],
)
def test_an_anchor_firm_that_is_not_one_is_refused(path: str, value: object) -> None:
    with pytest.raises(ValidationError):
        AnchorFirmIn.model_validate(_with(schemas.ANCHOR_FIRM, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("anchor_firm_id", "con_01kaw9yk2gf7z8v6e3m5q4r2t0"),
        ("members", [schemas.MEMBER] * 1001),
        ("members/0/annual_volume_kg", -1),
        ("members/0/annual_volume_kg", 10**30),
        ("members/0/annual_volume_kg", 9000.0),
        ("members/0/price_formula", ""),
        ("members/0/producer_id", "pro_1"),
    ],
)
def test_a_consortium_that_is_not_one_is_refused(path: str, value: object) -> None:
    body = {**schemas.CONSORTIUM, "members": [schemas.MEMBER]}
    with pytest.raises(ValidationError):
        ConsortiumIn.model_validate(_with(body, path, value))


def test_an_area_reaches_the_domain_in_square_metres() -> None:
    body = _with(schemas.PRODUCER, "parcels/0/area_ha", "0.5")
    assert ProducerIn.model_validate(body).draft().parcels[0].area_m2 == 5000


def test_accounts_are_not_independent_unless_said() -> None:
    body = {name: value for name, value in schemas.CONSORTIUM.items()}
    del body["independent_accounting"]
    draft = ConsortiumIn.model_validate({**body, "members": []}).draft()
    assert draft.independent_accounting is False
