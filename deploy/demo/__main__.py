"""`make demo`: one consortium is paid, another is found ineligible; every stage as it happens."""

import time
from decimal import Decimal
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.demo import job
from deploy.demo.client import Interrupted, Person, Refused
from deploy.demo.inputs import Inputs, read_inputs
from services.kernel import clock
from services.kernel.settings import Settings, settings

console = Console()
STARTED_S = time.monotonic()


def stage(text: str) -> None:
    """One line as a stage is reached, with the seconds since the start."""
    console.print(f"[dim]{time.monotonic() - STARTED_S:6.1f} s[/dim]  {text}")


def pay_a_consortium(people: job.People, inputs: Inputs) -> dict[str, Any]:
    """The main job; returns what the closing tables need."""
    consortium_id = job.register(people, inputs)
    applicant = people.applicant(consortium_id)
    stage(f"consortium {inputs.consortium['name']!r}, {len(inputs.producers)} producers")
    call_id = job.open_call(people, inputs)
    job.seat_board(people, inputs)
    job.give_addresses(people, inputs, consortium_id)
    stage(f"call {call_id} open with S/ {inputs.call['budget']}; four seats held")
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    stage(f"application {application_id} submitted")
    job.await_state(applicant, application_id, "eligible")
    stage("eligible: OPA found nothing against it")
    job.evaluate(people, application_id, inputs.evaluation)
    ballot_id = job.ballot_of(people, application_id)
    stage(f"evaluated; ballot {ballot_id} open")
    job.vote(people, ballot_id, inputs.board)
    agreement = job.agreement_of(applicant, people, application_id)
    stage(f"approved; agreement {agreement['id']} drawn up, money committed")
    job.sign(applicant, people, agreement["id"])
    job.await_state(applicant, application_id, "executing")
    stage("signed by both parties")
    tranches = [item for item in agreement["tranches"] if item["sequence"] == 1]
    for tranche in tranches:
        job.release(applicant, people, tranche["id"])
        stage(f"first tranche of {tranche['channel']} released: S/ {tranche['amount']['amount']}")
    for tranche in tranches:
        job.await_paid(applicant, tranche["id"])
        stage(f"confirmed by {tranche['channel']}")
    day = clock.lima_date(clock.now()).isoformat()
    for channel in ("agroideas", "agrobanco"):
        result = job.reconcile(people, channel, day)
        stage(f"statement of {channel}: {result['matched']} of {result['new']} new lines match")
    return {
        "call_id": call_id,
        "application_id": application_id,
        "ballot_id": ballot_id,
        "tranches": [tranche["id"] for tranche in tranches],
        "applicant": applicant,
    }


def refuse_a_consortium(people: job.People, inputs: Inputs) -> None:
    """The second consortium; prints its findings."""
    consortium_id = job.register(people, inputs)
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    application = job.await_state(applicant, application_id, "observed", "ineligible")
    assessment = applicant.read(f"/v1/assessments/{application['assessment_id']}")
    table = Table(title=f"Second consortium: {assessment['outcome']}", show_lines=True)
    for heading in ("code", "whom", "what", "norm", "cure"):
        table.add_column(heading)
    for finding in assessment["findings"]:
        if finding["severity"] == "blocking":
            table.add_row(
                finding["code"],
                finding["subject"]["label"],
                finding["message_es"],
                finding["norm"],
                finding["cure_es"],
            )
    console.print(table)
    budget = people.auditor.read("/v1/budgets", call_id=call_id)
    console.print(f"committed in its call: S/ {budget['committed']['amount']}")


def show(people: job.People, done: dict[str, Any]) -> Decimal:
    """The closing tables; returns the trial balance's total, which must be zero."""
    applicant: Person = done["applicant"]
    _show_timeline(applicant.read(f"/v1/applications/{done['application_id']}/timeline"))
    ballot = people.auditor.read(f"/v1/ballots/{done['ballot_id']}")
    votes = Table(title=f"Votes: {ballot['result']}")
    for heading in ("seat", "choice"):
        votes.add_column(heading)
    resolution = people.auditor.read(f"/v1/ballots/{done['ballot_id']}/resolution")
    for item in resolution["votes"]:
        votes.add_row(item["seat"], item["choice"])
    console.print(votes)
    tranches = Table(title="Tranches")
    for heading in ("channel", "amount S/", "state", "requested", "prepared", "released"):
        tranches.add_column(heading)
    for tranche_id in done["tranches"]:
        row = applicant.read(f"/v1/tranches/{tranche_id}")
        people_of = [str(row[f"{step}_by"]) for step in ("requested", "prepared", "released")]
        tranches.add_row(row["channel"], row["amount"]["amount"], row["state"], *people_of)
    console.print(tranches)
    balance = people.auditor.read("/v1/ledger/trial-balance", call_id=done["call_id"])
    ledger = Table(title="Trial balance of the call")
    ledger.add_column("account")
    ledger.add_column("S/", justify="right")
    for account in balance["accounts"]:
        ledger.add_row(account["code"], account["balance"]["amount"])
    ledger.add_row("[bold]total", f"[bold]{balance['total']['amount']}")
    console.print(ledger)
    return Decimal(balance["total"]["amount"])


def _show_timeline(timeline: dict[str, Any]) -> None:
    table = Table(title="Timeline of the application")
    for heading in ("at (UTC)", "room", "what", "in words"):
        table.add_column(heading)
    for entry in timeline["data"]:
        table.add_row(entry["at"], entry["source"], entry["what"], entry["text_es"])
    console.print(table)


def main() -> None:
    """Run the demo; exit 1 with the cure when a stage is not reached."""
    config: Settings = settings()
    try:
        inputs = read_inputs()
        people = job.People(config, inputs.board)
        done = pay_a_consortium(people, inputs)
        refuse_a_consortium(people, read_inputs(observed=True))
        total = show(people, done)
    except (Refused, Interrupted, TimeoutError) as error:
        console.print(f"[red]The demo stopped: {error}[/red]")
        raise typer.Exit(1) from error
    if total != 0:
        console.print(f"[red]The ledger does not balance: S/ {total}[/red]")
        raise typer.Exit(1)
    mail = config.state_dir / "mail"
    console.print(f"{job.told(people)} notices sent by e-mail so far, each a file in {mail}")
    console.print(f"API and its documentation: {config.api_url}/docs")
    console.print("All URLs: `make status`. By hand: README, “Try it by hand”.")


if __name__ == "__main__":
    typer.run(main)
