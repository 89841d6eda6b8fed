"""What happens to an application reaches its consortium by e-mail: event, Kafka, room, server."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from deploy.demo import job
from deploy.demo.inputs import read_inputs
from services.kernel.settings import Settings
from tests.support.waiting import until


def test_a_consortium_with_observations_is_told_until_when_to_cure_them(
    config: Settings, people: job.People
) -> None:
    observed = read_inputs(observed=True)
    consortium_id = job.register(people, observed)
    applicant = people.applicant(consortium_id)
    contact = {"name": observed.consortium["name"], "email": f"{consortium_id}@avisos.example"}
    applicant.put(f"/v1/contacts/{consortium_id}", contact)
    call_id = job.open_call(people, observed)
    application_id = job.submit(applicant, call_id, consortium_id, observed.plan)
    job.await_state(applicant, application_id, "observed")

    def arrived() -> EmailMessage | None:
        for path in (config.state_dir / "mail").glob("[!.]*.eml"):
            found = message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[arg-type]
            plain = found.get_body(("plain",))
            if plain is not None and application_id in plain.get_content():
                return found  # type: ignore[return-value]
        return None

    message = until(arrived, what="the e-mail")
    assert message["To"].addresses[0].addr_spec == contact["email"]
    assert message["Subject"].startswith("Su solicitud tiene observaciones: subsane hasta el ")

    def sent() -> list[str]:
        """The mail is there a moment before its sender has written so."""
        told = people.secretariat.read("/v1/deliveries", recipient=consortium_id, state="sent")
        return [delivery["id"] for delivery in told["data"]]

    assert f"<{until(sent, what='the delivery')[-1]}@" in message["Message-ID"]
