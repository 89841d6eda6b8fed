"""Each matter of an acta: its votes one by one, and a count of its own (LPAG articles 99–112)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from clients.fondo.verifying import seats
from clients.fondo.verifying.form import (
    SEATS,
    Answer,
    Content,
    Matter,
    Outcome,
    Vote,
    instant,
    plain,
)
from clients.fondo.verifying.report import Fault, seat_name
from clients.fondo.verifying.signatures import SLACK, Keys

QUORUM: Final = 3
"""Of four: the absolute majority on the first call, and never fewer on the second (LPAG 110)."""
VOTES_MIN: Final = 2


def faults_of_matter(content: Content, matter: Matter, keys: Keys) -> Iterator[Fault]:
    """All that is wrong with one matter."""
    place = f"asunto {matter.position}"
    yield from _faults_of_files(matter, place)
    for vote in matter.votes:
        where = f"{place}, voto de {seat_name(vote.statement.seat)}"
        yield from _faults_of_proof(vote, keys, where)
        yield from _faults_of_vote(matter, vote, where)
        if vote.statement.file_sha256 != matter.file_sha256:
            yield Fault("vote_file", where, "El voto es sobre otro expediente que el vigente.")
    yield from _faults_of_void_votes(content, matter, keys, place)
    for answer in matter.answers:
        where = f"{place}, voto de {seat_name(answer.seat)}"
        yield from _faults_of_answer(content, matter, answer, where)
    if (matter.votes or matter.void_votes) if matter.state != "decided" else matter.answered:
        yield Fault("tally", place, "El sentido de los votos se dice solo con el acuerdo.")
    order = [answer.seat for answer in matter.answers]
    for seat in sorted({seat for seat in order if order.count(seat) > 1}):
        yield Fault("seat_twice", f"{place}, {seat_name(seat)}", "El asiento votó dos veces.")
    if order != [seat for seat in SEATS if seat in order] and len(order) == len(set(order)):
        yield Fault("order", place, "Los votos no están en el orden del directorio.")
    yield from _faults_of_recusals(matter, place)
    yield from _faults_of_deferral(content, matter, keys, place)
    yield from _faults_of_outcome(content, matter, place)


def _faults_of_proof(vote: Vote, keys: Keys, where: str) -> Iterator[Fault]:
    at, statement = instant(vote.cast_at), plain(vote.statement)
    yield from keys.faults_of(vote, statement, at=at, code="vote_signature", where=where)


def _faults_of_files(matter: Matter, place: str) -> Iterator[Fault]:
    sequence = [file.sequence for file in matter.files]
    if sequence != list(range(1, len(sequence) + 1)) or matter.file_sequence != len(sequence):
        yield Fault("files", place, "Los expedientes no están numerados sin saltos.")
    if not matter.files or matter.files[-1].file_sha256 != matter.file_sha256:
        yield Fault("files", place, "El expediente vigente no es el último compilado.")
    if any(file.dossier_sha256 != matter.dossier_sha256 for file in matter.files):
        yield Fault("files", place, "Un expediente es de otra solicitud presentada.")


def _faults_of_vote(matter: Matter, vote: Vote, where: str) -> Iterator[Fault]:
    signed, at = vote.statement, instant(vote.cast_at)
    subject = (signed.ballot_id, signed.dossier_sha256)
    if subject != (matter.ballot_id, matter.dossier_sha256):
        yield Fault("vote_file", where, "El voto es de otra votación o de otra solicitud.")
    if abs(instant(signed.signed_at) - at) > SLACK:
        yield Fault("window", where, "La hora firmada no es la hora en que se emitió.")
    yield from _faults_of_form(vote, where)


def _faults_of_answer(
    content: Content, matter: Matter, answer: Answer, where: str
) -> Iterator[Fault]:
    at = instant(answer.cast_at)
    wrong = seats.fault_of_holder(
        content,
        term_id=answer.term_id,
        seat=answer.seat,
        sub=answer.holder_sub,
        capacity=answer.capacity,
        at=at,
        where=where,
    )
    if wrong is not None:
        yield wrong
    if answer.capacity == "alternate" and not seats.alternate_may_act(
        content, matter, answer.seat, at
    ):
        yield Fault("alternate", where, "Votó el suplente sin que le tocara.")
    begins = max(instant(text) for text in (matter.opened_at, matter.votes_from) if text)
    if not begins <= at < instant(matter.closes_at) or at > instant(matter.closed_at):
        yield Fault("window", where, "El voto se emitió fuera del plazo de votación.")


def _faults_of_form(vote: Vote, where: str) -> Iterator[Fault]:
    signed = vote.statement
    if signed.choice != "for" and not (signed.reason or "").strip():
        yield Fault("reason", where, "Falta el fundamento (LPAG arts. 111.2 y 112).")
    if (signed.choice == "abstain") != bool((signed.legal_bar or "").strip()):
        yield Fault("reason", where, "Solo se abstiene, y con su norma, quien tiene impedimento.")
    if signed.conditions and signed.choice != "for":
        yield Fault("conditions", where, "Solo un voto a favor pone condiciones.")


def _faults_of_void_votes(
    content: Content, matter: Matter, keys: Keys, place: str
) -> Iterator[Fault]:
    followed = {
        earlier.file_sha256: later.reason
        for earlier, later in zip(matter.files, matter.files[1:], strict=False)
    }
    nonces = [(vote.statement.holder_sub, vote.statement.nonce) for vote in matter.votes]
    for vote in matter.void_votes:
        where = f"{place}, voto sin efecto de {seat_name(vote.statement.seat)}"
        yield from _faults_of_proof(vote, keys, where)
        if followed.get(vote.statement.file_sha256) != vote.void_reason:
            yield Fault("vote_file", where, "No consta por qué quedó sin efecto.")
        if vote.statement.ballot_id != matter.ballot_id:
            yield Fault("vote_file", where, "El voto es de otra votación.")
        nonces.append((vote.statement.holder_sub, vote.statement.nonce))
    if len(nonces) != len(set(nonces)):
        yield Fault("replayed", place, "Un voto firmado figura dos veces.")


def _faults_of_recusals(matter: Matter, place: str) -> Iterator[Fault]:
    out = {(row.seat, row.holder_sub) for row in matter.recusals if row.outcome == "accepted"}
    for answer in matter.answers:
        if (answer.seat, answer.holder_sub) in out:
            where = f"{place}, voto de {seat_name(answer.seat)}"
            yield Fault("recused_counted", where, "Votó quien se abstuvo de conocer el asunto.")
    for row in matter.recusals:
        where = f"{place}, abstención de {seat_name(row.seat)}"
        decided = (row.decided_at, row.decided_by, row.decision_reason)
        if row.outcome == "pending" and matter.state in {"decided", "lapsed"}:
            yield Fault("recusal", where, "Se decidió con una abstención por resolver.")
        if (row.outcome == "pending") != (decided == (None, None, None)):
            yield Fault("recusal", where, "No consta quién la decidió, cuándo o por qué.")
        if (row.origin == "declared") != (row.raised_by == row.holder_sub):
            yield Fault("recusal", where, "Quien la planteó no cuadra con su origen.")
        if row.decided_at is not None and instant(row.decided_at) > instant(matter.closed_at):
            yield Fault("recusal", where, "Se decidió después del cierre.")


def _faults_of_deferral(
    content: Content, matter: Matter, keys: Keys, place: str
) -> Iterator[Fault]:
    put_off, where = matter.deferral, f"{place}, aplazamiento"
    if (matter.state == "deferred") != (put_off is not None):
        yield Fault("deferral", where, "El estado no cuadra con el aplazamiento.")
    if put_off is None:
        return
    signed, at = put_off.statement, instant(put_off.deferred_at)
    yield from keys.faults_of(put_off, plain(signed), at=at, code="deferral_signature", where=where)
    if (signed.ballot_id, signed.file_sha256) != (matter.ballot_id, matter.file_sha256):
        yield Fault("deferral", where, "Es de otra votación o de otro expediente.")
    wrong = seats.fault_of_holder(
        content,
        term_id=put_off.term_id,
        seat=signed.seat,
        sub=signed.holder_sub,
        capacity=put_off.capacity,
        at=at,
        where=where,
    )
    if wrong is not None:
        yield wrong
    if signed.seat not in seats.leading(content, at):
        yield Fault("deferral", where, "Aplazó quien no preside.")
    if abs(instant(signed.signed_at) - at) > SLACK:
        yield Fault("deferral", where, "La hora firmada no es la del aplazamiento.")


def _faults_of_outcome(content: Content, matter: Matter, place: str) -> Iterator[Fault]:
    outcome = matter.outcome
    if (outcome is None) != (matter.state not in {"decided", "lapsed"}):
        yield Fault("tally", place, "El estado no cuadra con el resultado.")
    if outcome is None:
        if matter.dissent:
            yield Fault("dissent", place, "Hay disidencia sin acuerdo.")
        return
    if (matter.state == "decided") != (outcome.resolution_number is not None):
        yield Fault("tally", place, "Solo lo acordado lleva número de acuerdo.")
    if matter.state == "lapsed":
        yield from _faults_of_lapse(content, matter, outcome, place)
        return
    own = recount(content, matter)
    told = {**outcome.model_dump(), "abstentions": outcome.abstentions or 0}
    for name, value in own.items():
        if told[name] != value:
            why = f"El recuento da «{_SAID.get(value, value)}» y el acta, otra cosa."
            yield Fault("tally", f"{place}, {_NAMES[name]}", why)
    adopted = _adopted(matter.votes) if own["result"] == "approved" else []
    if [plain(condition) for condition in outcome.conditions] != adopted:
        why = "Las condiciones del acuerdo no son las de los votos a favor."
        yield Fault("conditions", place, why)
    against = {"approved": "against", "rejected": "for"}.get(str(own["result"]))
    dissent = [
        (vote.statement.seat, vote.statement.holder_sub, vote.statement.reason)
        for vote in matter.votes
        if vote.statement.choice == against
    ]
    if [(one.seat, one.holder_sub, one.reason) for one in matter.dissent] != dissent:
        yield Fault("dissent", place, "La disidencia no es la de los votos (LPAG art. 111.2).")


def _faults_of_lapse(
    content: Content, matter: Matter, outcome: Outcome, place: str
) -> Iterator[Fault]:
    """What can be counted where no choice is told: who answered, and that it was too few."""
    present = len(matter.answers) + len(_recused(content, matter))
    votes = len(matter.answers) - (outcome.abstentions or 0)
    if (outcome.present, outcome.quorum_required) != (present, QUORUM):
        yield Fault("tally", f"{place}, {_NAMES['present']}", f"El recuento da «{present}».")
    if present >= QUORUM and votes >= VOTES_MIN:
        yield Fault("tally", place, "Hubo quórum y el acta dice que no.")
    told = (outcome.votes_for, outcome.votes_against, outcome.result, outcome.tie_broken_by)
    if told != (None, None, None, None) or outcome.conditions or matter.dissent:
        yield Fault("tally", place, "Sin quórum no hay resultado, condiciones ni disidencia.")


_NAMES: Final = {
    "quorum_required": "quórum exigido",
    "present": "presentes",
    "votes_for": "votos a favor",
    "votes_against": "votos en contra",
    "abstentions": "impedidos de votar",
    "tie_broken_by": "voto dirimente",
    "result": "resultado",
}
_SAID: Final[dict[Any, str]] = {None: "ninguno", "approved": "aprobado", "rejected": "no aprobado"}


def recount(content: Content, matter: Matter) -> dict[str, Any]:
    """The verifier's own count of the counted votes and the recusals that stand."""
    choices = {vote.statement.seat: vote.statement.choice for vote in matter.votes}
    votes = {seat: choice for seat, choice in choices.items() if choice != "abstain"}
    in_favour = sum(1 for choice in votes.values() if choice == "for")
    against = len(votes) - in_favour
    present = len(choices) + len(_recused(content, matter))
    result: str | None = "approved" if in_favour > against else "rejected"
    tie = None
    if present < QUORUM or len(votes) < VOTES_MIN:
        result = None
    elif in_favour == against:
        lead = seats.leading(content, instant(matter.closed_at))
        tie = next((seat for seat in lead if seat in votes), None)
        if tie is not None and votes[tie] == "for":
            result = "approved"
    return {
        "quorum_required": QUORUM,
        "present": present,
        "votes_for": in_favour,
        "votes_against": against,
        "abstentions": len(choices) - len(votes),
        "tie_broken_by": tie,
        "result": result,
    }


def _recused(content: Content, matter: Matter) -> list[str]:
    """The seats out of the vote: they have not answered, and their person is recused."""
    out = {row.holder_sub for row in matter.recusals if row.outcome == "accepted"}
    answered = {answer.seat for answer in matter.answers}
    return [
        seat
        for seat in SEATS
        if seat not in answered and seats.expected(content, matter, seat) in out
    ]


def _adopted(votes: Sequence[Vote]) -> list[dict[str, Any]]:
    adopted: list[dict[str, Any]] = []
    for vote in votes:
        if vote.statement.choice == "for":
            for condition in map(plain, vote.statement.conditions):
                if condition not in adopted:
                    adopted.append(condition)
    return adopted
