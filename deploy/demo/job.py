"""The steps of the main job, each by the person whose step it is.

What already stands (anchor firm, producers, consortium) is found by its natural key and used
again, so the job can be run any number of times; each run opens a call of its own.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from deploy.demo import signing
from deploy.demo.client import Person, first
from deploy.demo.inputs import Inputs, money
from services.kernel.settings import Settings
from services.kernel.values import to_amount, to_centimos

PAID = {"confirmed", "reconciled", "accounted"}


class People:
    """Everyone who takes part, except the applicant, who is known once the consortium is."""

    def __init__(
        self, settings: Settings, board: list[dict[str, Any]], kind: type[Person] = Person
    ) -> None:
        self.settings = settings
        self._kind = kind
        self.secretariat = kind(settings, "secretariat", "secretaria-1")
        self.preparer = kind(settings, "operator", "operador-1")
        self.releaser = kind(settings, "operator", "operador-2")
        self.auditor = kind(settings, "auditor", "auditora-1")
        self.board = {
            member["seat"]: kind(
                settings, "board_member", member["holder_sub"], seat=member["seat"]
            )
            for member in board
        }
        self.keys = {seat: signing.new_key() for seat in self.board}

    def applicant(self, consortium_id: str) -> Person:
        """The consortium's representative."""
        return self._kind(
            self.settings,
            "applicant",
            f"representante-{consortium_id}",
            consortium_id=consortium_id,
        )


def register(people: People, inputs: Inputs) -> str:
    """Anchor firm, producers and consortium in the registry; returns the consortium's id."""
    registry = people.secretariat
    firm = _found(registry, "/v1/anchor-firms", "ruc", inputs.anchor_firm) or registry.write(
        "/v1/anchor-firms", inputs.anchor_firm
    )
    consortium = _found(registry, "/v1/consortia", "name", inputs.consortium)
    if consortium is not None:
        return str(consortium["id"])
    members = []
    for producer in inputs.producers:
        known = _found(registry, "/v1/producers", "dni", producer)
        row = known or registry.write("/v1/producers", producer)
        members.append({"producer_id": row["id"], **inputs.consortium["contract"]})
    formed = registry.write(
        "/v1/consortia",
        {
            "name": inputs.consortium["name"],
            "cci": inputs.consortium["cci"],
            "anchor_firm_id": firm["id"],
            "members": members,
        },
    )
    return str(formed["id"])


def _found(who: Person, path: str, key: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    return first(who.read(path, **{key: body[key]}))


def open_call(people: People, inputs: Inputs) -> str:
    """A call with its budget, under the first code that is free; returns its id."""
    terms = {name: value for name, value in inputs.call.items() if name != "budget"}
    terms |= {name: money(terms[name]) for name in ("envelope", "per_producer_cap")}
    code, number = str(terms["code"]), 1
    while first(people.secretariat.read("/v1/calls", code=str(terms["code"]))) is not None:
        number += 1
        terms["code"] = f"{code}-{number}"
    call_id = str(people.secretariat.write("/v1/calls", terms)["id"])
    people.preparer.write(
        "/v1/budgets", {"call_id": call_id, "amount": money(inputs.call["budget"])}
    )
    return call_id


def seat_board(people: People, inputs: Inputs) -> None:
    """Appoint the four members, each of whom registers its key."""
    for member in inputs.board:
        body = {name: member[name] for name in ("holder_sub", "holder_name", "chair")}
        people.secretariat.put(f"/v1/seats/{member['seat']}", body)
    for seat, person in people.board.items():
        person.write("/v1/keys", signing.registration(people.keys[seat], person.sub))


def give_addresses(people: People, inputs: Inputs, consortium_id: str) -> None:
    """Where the board, the secretariat and the consortium are told: in the local mail server."""
    names = {member["holder_sub"]: member["holder_name"] for member in inputs.board}
    names |= {"role:secretariat": "Secretaría técnica", consortium_id: inputs.consortium["name"]}
    for sub, name in names.items():
        email = f"{sub.replace(':', '-')}@avisos.example"
        people.secretariat.put(f"/v1/contacts/{sub}", {"name": name, "email": email})


def told(people: People) -> int:
    """How many of the two hundred oldest notices arrived so far."""
    return len(people.secretariat.read("/v1/deliveries", state="sent", limit="200")["data"])


def submit(applicant: Person, call_id: str, consortium_id: str, plan: Mapping[str, Any]) -> str:
    """Draft and submit an application; returns its id."""
    body = {"call_id": call_id, "consortium_id": consortium_id, "plan": plan}
    application_id = str(applicant.write("/v1/applications", body)["id"])
    applicant.write(f"/v1/applications/{application_id}/submit")
    return application_id


def await_state(who: Person, application_id: str, *states: str) -> dict[str, Any]:
    """The application once it is in one of the states."""
    return who.wait_until(
        f"/v1/applications/{application_id}",
        lambda body: body["state"] in states,
        f"application in {' or '.join(states)}",
    )


def evaluate(people: People, application_id: str, evaluation: Mapping[str, Any]) -> None:
    """The secretariat's technical evaluation."""
    body = {**evaluation, "score": int(evaluation["score"])}
    people.secretariat.write(f"/v1/applications/{application_id}/evaluation", body)


def ballot_of(people: People, application_id: str) -> str:
    """The id of the application's ballot, once it is open."""
    page = people.secretariat.wait_until(
        f"/v1/ballots?application_id={application_id}",
        lambda body: bool(body["data"]),
        "the ballot",
    )
    return str(page["data"][0]["id"])


def vote(people: People, ballot_id: str, board: list[dict[str, Any]]) -> None:
    """Each member votes as the input says, on the file that it reads."""
    for member in board:
        seat = member["seat"]
        ballot = people.board[seat].read(f"/v1/ballots/{ballot_id}")
        body = signing.vote(
            people.keys[seat],
            ballot,
            seat,
            people.board[seat].sub,
            member["choice"],
            reason=member.get("reason"),
        )
        people.board[seat].write(f"/v1/ballots/{ballot_id}/votes", body)


def agreement_of(applicant: Person, people: People, application_id: str) -> dict[str, Any]:
    """The agreement with its tranches, once it is drawn up."""
    page = people.secretariat.wait_until(
        f"/v1/agreements?application_id={application_id}",
        lambda body: bool(body["data"]),
        "the agreement",
    )
    return applicant.read(f"/v1/agreements/{page['data'][0]['id']}")


def sign(applicant: Person, people: People, agreement_id: str) -> None:
    """Both parties sign the document, each with a key of its own that it registers first."""
    path = f"/v1/agreements/{agreement_id}"
    for party, person in (("consortium", applicant), ("fund", people.secretariat)):
        key = signing.new_key()
        person.write("/v1/signer-keys", signing.registration(key, person.sub))
        file = person.read(f"{path}/document/file")
        person.write(f"{path}/signatures", signing.agreement(key, file, party, person.sub))


def reach_execution(
    applicant: Person, people: People, inputs: Inputs, application_id: str
) -> dict[str, Any]:
    """Every step from the submission to the signed agreement, which is returned."""
    await_state(applicant, application_id, "eligible")
    evaluate(people, application_id, inputs.evaluation)
    vote(people, ballot_of(people, application_id), inputs.board)
    agreement = agreement_of(applicant, people, application_id)
    sign(applicant, people, agreement["id"])
    await_state(applicant, application_id, "executing")
    return agreement


def evidence(applicant: Person, people: People, tranche_id: str) -> None:
    """What the tranche waits for: its milestone and its part of the own contribution, filed by the
    consortium and verified by the secretariat."""
    tranche = applicant.read(f"/v1/tranches/{tranche_id}")
    agreement = applicant.read(f"/v1/agreements/{tranche['agreement_id']}")
    own, fund, part = (
        to_centimos(amount["amount"])
        for amount in (agreement["own"], agreement["agroideas"], tranche["amount"])
    )
    fund += to_centimos(agreement["agrobanco"]["amount"])
    milestone = {"text": tranche["milestone"], "document_sha256": _hash(tranche_id)}
    filed = [applicant.write(f"/v1/tranches/{tranche_id}/evidence", milestone)]
    share = -(-own * part // fund)
    if share:
        paid = {
            "amount": money(to_amount(share)),
            "text": "Depósito del aporte propio.",
            "document_sha256": _hash(f"own {tranche_id}"),
        }
        path = f"/v1/agreements/{agreement['id']}/own-contributions"
        filed.append(applicant.write(path, paid))
    for item in filed:
        people.secretariat.write(f"/v1/evidence/{item['id']}/verification")


def _hash(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def release(applicant: Person, people: People, tranche_id: str) -> None:
    """Three people: the consortium requests, one operator prepares, another releases; first what
    the tranche waits for is evidenced and verified."""
    evidence(applicant, people, tranche_id)
    applicant.write(f"/v1/tranches/{tranche_id}/request")
    people.preparer.write(f"/v1/tranches/{tranche_id}/prepare")
    people.releaser.write(f"/v1/tranches/{tranche_id}/release")


def await_paid(who: Person, tranche_id: str) -> dict[str, Any]:
    """The tranche once the partner has confirmed it."""
    return who.wait_until(
        f"/v1/tranches/{tranche_id}",
        lambda body: body["state"] in PAID,
        "the partner's confirmation",
    )


def reconcile(people: People, channel: str, day: str) -> dict[str, Any]:
    """Match the partner's statement of a day."""
    body = {"channel": channel, "business_date": day}
    return people.preparer.write("/v1/reconciliations", body)
