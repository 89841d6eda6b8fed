"""Amendments in tests: a plan as it stands, changed by a few céntimos or days, and its way."""

import copy
from typing import Any

from services.kernel.work import Principal
from tests.factories import disbursement as make
from tests.integration.disbursement.world import SECRETARIAT, World
from tests.support import signing
from tests.support.callers import principal

SECOND = principal("secretariat", "tito-secretaria")
SOURCES = ("agroideas", "agrobanco", "own")


def plan_of(application: dict[str, Any]) -> dict[str, Any]:
    """The application's plan as the body of an addendum."""
    plan: dict[str, Any] = copy.deepcopy(application["plan"])
    return plan


def priced(line: dict[str, Any], **centimos: int) -> dict[str, Any]:
    """The line with these amounts, and its total."""
    amounts = {
        name: centimos.get(name, round(float(line[name]["amount"]) * 100)) for name in SOURCES
    }
    told = {name: make.money(amount) for name, amount in amounts.items()}
    return {**line, **told, "total": make.money(sum(amounts.values()))}


def paid(plan: dict[str, Any], **centimos: int) -> dict[str, Any]:
    """The plan with other tranche amounts, named like `agroideas_2`."""
    changed = copy.deepcopy(plan)
    for one in changed["tranches"]:
        amount = centimos.get(f"{one['channel']}_{one['sequence']}")
        if amount is not None:
            one["amount"] = make.money(amount)
    return changed


async def drafted(
    world: World, agreement: dict[str, Any], plan: dict[str, Any], *, by: Principal | None = None
) -> dict[str, Any]:
    """The addendum that the consortium proposes."""
    body = {"reason": "El proveedor entrega por partes.", "plan": plan}
    path = f"/v1/agreements/{agreement['id']}/addenda"
    made: dict[str, Any] = await world.done(path, body, by=by or world.consortium(agreement))
    return made


async def approved(
    world: World, addendum: dict[str, Any], *, by: Principal = SECRETARIAT
) -> dict[str, Any]:
    """The addendum approved by another person, or sent to the board."""
    path = f"/v1/addenda/{addendum['id']}/approval"
    moved: dict[str, Any] = await world.done(path, by=by)
    return moved


async def signed(world: World, addendum: dict[str, Any], party: str, by: Principal) -> Any:
    """The party's signature on the agreement's next version."""
    await world.done("/v1/signer-keys", signing.key_registration(by.sub), by=by)
    version = addendum["document_version"]
    path = f"/v1/agreements/{addendum['agreement_id']}/document/file?version={version}"
    body = signing.signed_agreement(await world.get(path), party, by.sub)
    return await world.post(f"/v1/addenda/{addendum['id']}/signatures", body, by=by)


async def in_force(
    world: World, agreement: dict[str, Any], addendum: dict[str, Any]
) -> dict[str, Any]:
    """The approved addendum signed by both."""
    for party, by in (("fund", SECRETARIAT), ("consortium", world.consortium(agreement))):
        answer = await signed(world, addendum, party, by)
        assert answer.status_code == 201, answer.text
    found: dict[str, Any] = await world.get(f"/v1/addenda/{addendum['id']}")
    assert found["state"] == "in_force"
    return found
