"""A stand-in for the board's API: its shapes and its refusals, one dossier, one session, one acta.

It rebuilds each signed text as the server does and checks the signature, so that a command that
signs anything else than what it shows is refused here too.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from clients.fondo_api import models as m
from services.kernel import proof
from tests.unit.clients.bodies import body
from tests.unit.clients.sample import FILE

BALLOT = "bal_01k9zq4v7hf8qbn0w2d5r6t3ye"
RECUSAL = "rec_01k9zq4v7hf8qbn0w2d5r6t3ye"
SESSION = "ses_01k9zq4v7hf8qbn0w2d5r6t3ye"
ACTA = "act_01k9zq4v7hf8qbn0w2d5r6t3ye"
INTEREST = "int_01k9zq4v7hf8qbn0w2d5r6t3ye"
DOSSIER_SHA256 = "9f" * 32
SOON = (datetime.now(UTC) + timedelta(days=2, hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
CONTENT: dict[str, Any] = {"number": "ACTA-007-2026-FC", "votes": [{"seat": "mef"}]}


INTEREST_TOLD = {"id": INTEREST, "kind": "ruc", "value": "20515397290", "name": "Agroexportadora"}


def as_signed(sent: dict[str, Any]) -> dict[str, Any]:
    """What was sent, as the signed text has it: instants of UTC end in Z."""
    signed = {name: value for name, value in sent.items() if name != "signature"}
    at = datetime.fromisoformat(signed["signed_at"])
    return {**signed, "signed_at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


@dataclass
class Board:
    """What the stand-in was told."""

    file: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(FILE)))
    told: list[tuple[str, str, Any]] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys_sent: list[str] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    lie: str = ""
    """Told instead of the file's hash."""

    @property
    def file_sha256(self) -> str:
        return proof.sha256_of(self.file)

    def checked(self, statement: dict[str, Any], signature: str) -> JSONResponse | None:
        """The refusal of a signature, if any."""
        key = self.keys.get(proof.key_id_of(signature))
        if key is None:
            return problem(422, "board.key_unknown", "La llave no está registrada.")
        try:
            proof.check(statement, signature, key["jwk"])
        except proof.ProofError:
            return problem(422, "board.signature_invalid", "La firma no vale.")
        return None


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    body = {"type": f"/problems/{code}", "title": "No", "status": status, "code": code}
    body |= {"detail": detail, "errors": more.get("errors", []), "request_id": "9b2f0a4c"}
    return JSONResponse(body, status, media_type="application/problem+json")


def board_app(board: Board) -> FastAPI:
    """The stand-in over this state."""
    app = FastAPI(openapi_url=None)

    @app.middleware("http")
    async def remember(request: Request, forward: Any) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        board.claims = jwt.decode(token, options={"verify_signature": False})
        content = await request.body()
        if request.method == "POST":
            key = request.headers.get("idempotency-key", "")
            if not key or key in board.keys_sent:
                return problem(400, "http.idempotency_key_missing", "Falta la llave.")
            board.keys_sent.append(key)
        said = json.loads(content) if content else None
        board.told.append((request.method, request.url.path, said))
        answered: Response = await forward(request)
        return answered

    _reading(app, board)
    _deciding(app, board)
    _sessions(app, board)
    _keys(app, board)
    return app


def _reading(app: FastAPI, board: Board) -> None:
    @app.get("/v1/inbox")
    async def inbox() -> dict[str, Any]:
        ballot = body(
            m.WaitingBallot,
            ballot=body(m.BallotSummary, id=BALLOT),
            closes_at=SOON,
            may_vote=True,
            capacity="titular",
            conflicts=[body(m.TieOut, text_es="socia: Agroexportadora.", ground=3)],
        )
        late = body(
            m.WaitingBallot,
            ballot=body(m.BallotSummary, id=BALLOT),
            closes_at=SOON,
            refusal="board.seat_already_voted",
        )
        recusal = body(m.RecusalOut, id=RECUSAL, seat="produce", ground=2, decide_by=SOON)
        return body(m.InboxOut, seat="mef", ballots=[ballot, late], recusals=[recusal])

    @app.get("/v1/ballots")
    async def ballots(state: str = "", cursor: str = "") -> dict[str, Any]:
        row = body(m.BallotSummary, id=BALLOT, state=state or "open", closes_at=SOON)
        if cursor:
            return {"data": [{**row, "id": BALLOT[:-1] + "f"}], "next_cursor": None}
        return {"data": [row], "next_cursor": "bmV4dA"}

    @app.get("/v1/seats")
    async def seats() -> dict[str, Any]:
        held = {"holder_sub": "mef-1", "holder_name": "Rosa Quispe", "presides": True}
        return {
            "data": [
                body(m.SeatNow, seat="mef", **held),
                body(m.SeatNow, seat="produce", absent=True),
            ]
        }

    @app.get("/v1/ballots/{ballot_id}/dossier")
    async def dossier(ballot_id: str) -> Any:
        if ballot_id != BALLOT:
            return problem(404, "http.not_found", "No existe, o no es suyo.")
        summary = {"state": "open", "closes_at": SOON, "dossier_sha256": DOSSIER_SHA256}
        return body(
            m.DossierOut,
            file=board.file,
            file_sha256=board.lie or board.file_sha256,
            reason="Se agregó un anexo.",
            earlier=[body(m.FileOut)],
            ballot=body(m.BallotSummary, id=BALLOT, **summary),
            my_conflicts=[body(m.TieOut, text_es="socia: Agroexportadora.", ground=3)],
            recusals=[body(m.RecusalOut, seat="produce", ground=2, reason="Asesoró.")],
        )

    @app.get("/v1/ballots/{ballot_id}/dossier.pdf")
    async def dossier_pdf(ballot_id: str) -> Response:
        return Response(b"%PDF-1.7 dossier", media_type="application/pdf")

    @app.put("/v1/seats/{seat}")
    async def appoint(seat: str, request: Request) -> dict[str, Any]:
        return body(m.SeatOut, **{**await request.json(), "seat": seat})

    @app.post("/v1/seats/{seat}/absences", status_code=201)
    async def absence(seat: str) -> dict[str, Any]:
        return body(m.AbsenceOut, seat=seat)

    @app.get("/v1/ballots/{ballot_id}")
    async def ballot(ballot_id: str) -> dict[str, Any]:
        seats = [body(m.BallotSeat, seat=seat) for seat in ("midagri", "produce", "mef")]
        seats.append(body(m.BallotSeat, seat="mincetur", recused=True))
        cast = body(m.BallotVote, seat="mef", holder_sub="mef-1", choice="against", reason="No.")
        hidden = body(m.BallotVote, seat="produce", holder_sub="produce-1")
        told = {"state": "decided", "result": "approved", "tie_broken_by": "midagri"}
        told |= {"votes_for": 1, "votes_against": 1, "resolution_number": "007-2026-FC"}
        conditions = [body(m.Condition, text="Contrato de agua", evidence="Copia")]
        found = body(m.BallotOut, **told, seats=seats, votes=[cast, hidden])
        return {**found, "id": ballot_id, "conditions": conditions}


def _deciding(app: FastAPI, board: Board) -> None:
    @app.post("/v1/ballots/{ballot_id}/votes", status_code=201)
    async def vote(ballot_id: str, request: Request) -> Any:
        sent = await request.json()
        if sent["file_sha256"] != board.file_sha256:
            return problem(409, "board.wrong_dossier", "El expediente cambió: se agregó un anexo.")
        signed = as_signed(sent)
        statement = {
            "type": "fondo.vote.v1",
            "ballot_id": ballot_id,
            "dossier_sha256": DOSSIER_SHA256,
            "seat": board.claims["seat"],
            "holder_sub": board.claims["sub"],
            **signed,
        }
        refused = board.checked(statement, sent["signature"])
        return refused or body(m.VoteOut, ballot_id=ballot_id, choice=sent["choice"])

    @app.post("/v1/ballots/{ballot_id}/deferral")
    async def defer(ballot_id: str, request: Request) -> Any:
        sent = await request.json()
        statement = {"type": "fondo.deferral.v1", "ballot_id": ballot_id, **as_signed(sent)}
        statement |= {"seat": board.claims["seat"], "holder_sub": board.claims["sub"]}
        statement["file_sha256"] = board.file_sha256
        refused = board.checked(statement, sent["signature"])
        return refused or body(m.BallotOut, id=ballot_id, state="deferred")

    @app.post("/v1/ballots/{ballot_id}/recusals", status_code=201)
    async def recuse(ballot_id: str) -> dict[str, Any]:
        return body(m.RecusalOut, id=RECUSAL, ballot_id=ballot_id, decide_by=SOON)

    @app.post("/v1/recusals/{recusal_id}/decision")
    async def decide(recusal_id: str, request: Request) -> dict[str, Any]:
        sent = await request.json()
        outcome = "accepted" if sent["accepted"] else "dismissed"
        return body(m.RecusalOut, id=recusal_id, outcome=outcome)

    @app.post("/v1/ballots/{ballot_id}/dossier")
    async def recompile(ballot_id: str) -> Any:
        return problem(409, "board.dossier_unchanged", "El expediente es el mismo.")


def _sessions(app: FastAPI, board: Board) -> None:
    known: dict[str, Any] = {"id": SESSION, "number": "003-2026", "first_call_at": SOON}
    agenda = [body(m.AgendaItemOut, ballot_id=BALLOT, title="Palta")]
    attended = body(m.AttendanceOut, seat="produce", holder_sub="produce-1")
    session = body(m.SessionOut, **known, agenda=agenda, attendance=[attended])
    told: dict[str, Any] = {"id": ACTA, "number": CONTENT["number"]}
    told["content_sha256"] = proof.sha256_of(CONTENT)
    acta = body(
        m.ActaOut,
        **told,
        content=CONTENT,
        signatures=[body(m.ActaSigned, seat="produce", holder_sub="produce-1")],
        missing=[body(m.Signer, seat="mef", holder_sub="mef-1")],
    )

    @app.get("/v1/sessions")
    async def sessions() -> dict[str, Any]:
        return {"data": [body(m.SessionSummary, **known)], "next_cursor": None}

    @app.post("/v1/sessions", status_code=201)
    async def convene() -> dict[str, Any]:
        return session

    @app.get("/v1/sessions/{session_id}")
    async def one(session_id: str) -> dict[str, Any]:
        return session

    @app.post("/v1/sessions/{session_id}/attendance", status_code=201)
    async def attend(session_id: str) -> dict[str, Any]:
        return body(m.AttendanceOut, session_id=session_id, seat=board.claims["seat"])

    @app.post("/v1/sessions/{session_id}/acta", status_code=201)
    @app.post("/v1/ballots/{session_id}/acta", status_code=201)
    async def draw(session_id: str) -> dict[str, Any]:
        return acta

    @app.get("/v1/actas")
    async def actas() -> dict[str, Any]:
        return {"data": [body(m.ActaSummary, **told)], "next_cursor": None}

    @app.get("/v1/actas/{acta_id}")
    async def read(acta_id: str) -> dict[str, Any]:
        return acta

    @app.get("/v1/actas/{acta_id}/file")
    async def file(acta_id: str) -> Response:
        file = body(m.ActaFile, content=CONTENT, content_sha256=acta["content_sha256"])
        return Response(proof.canonical(file), media_type="application/json")

    @app.get("/v1/actas/{acta_id}/pdf")
    async def pdf(acta_id: str) -> Response:
        return Response(b"%PDF-1.7 acta", media_type="application/pdf")

    @app.post("/v1/actas/{acta_id}/signatures", status_code=201)
    async def sign(acta_id: str, request: Request) -> Any:
        sent = await request.json()
        statement = {"type": "fondo.acta.v1", "acta_id": acta_id, **as_signed(sent)}
        statement |= {"content_sha256": acta["content_sha256"], "seat": board.claims["seat"]}
        statement["holder_sub"] = board.claims["sub"]
        return board.checked(statement, sent["signature"]) or acta

    @app.post("/v1/actas/{acta_id}/seal")
    async def seal(acta_id: str, request: Request) -> Any:
        sent = await request.json()
        statement = {"type": "fondo.seal.v1", "acta_id": acta_id, **as_signed(sent)}
        statement |= {"content_sha256": acta["content_sha256"], "holder_sub": board.claims["sub"]}
        statement["missing"] = acta["missing"]
        return board.checked(statement, sent["signature"]) or {**acta, "sealed_at": SOON}


def _keys(app: FastAPI, board: Board) -> None:
    @app.post("/v1/keys", status_code=201)
    async def register(request: Request) -> Any:
        sent = await request.json()
        statement = {"type": "fondo.key.v1", **as_signed(sent)}
        statement["holder_sub"] = board.claims["sub"]
        proof.check(statement, sent["signature"], sent["jwk"])
        kid, algorithm = proof.thumbprint(sent["jwk"]), proof.algorithm_of(sent["jwk"])
        board.keys[kid] = body(m.KeyOut, kid=kid, jwk=sent["jwk"], algorithm=algorithm)
        return board.keys[kid]

    @app.get("/v1/keys")
    async def keys(holder_sub: str) -> dict[str, Any]:
        return {"data": list(board.keys.values()), "next_cursor": None}

    @app.post("/v1/keys/{kid}/revoke")
    async def revoke(kid: str) -> Any:
        board.keys[kid]["revoked_at"] = SOON
        return board.keys[kid]

    @app.get("/v1/interests")
    async def interests() -> dict[str, Any]:
        return {"data": [body(m.InterestOut, **INTEREST_TOLD)], "next_cursor": None}

    @app.post("/v1/interests", status_code=201)
    async def declare(request: Request) -> dict[str, Any]:
        return body(m.InterestOut, **{**INTEREST_TOLD, **await request.json()})

    @app.post("/v1/interests/{interest_id}/end")
    async def end(interest_id: str) -> Any:
        error = {"pointer": "/valid_to", "code": "late", "detail": "Ya había terminado."}
        return problem(422, "board.interest_ended", "Ya terminó.", errors=[error])
