"""What operators do about it: dead letters, outbox, workflows, audit, ledger, reconciliation."""

import json
from typing import Annotated, Any

import typer
from rich.text import Text

from clients.fondo import times, waits
from clients.fondo.commands.operations import finish
from clients.fondo.desk import Desk, JsonOption, Yes, command, group
from clients.fondo.errors import Refused, Wrong
from clients.fondo.operations import CHANNELS, LONG_S, ROOMS, ChannelName, RoomName
from clients.fondo.output import facts, table
from clients.fondo.words import soles, word

Json = dict[str, Any]
letters = group("Eventos que un consumidor no pudo aplicar y esperan a un operador.")
outbox = group("Los eventos de cada servicio: lo que falta enviar, y volver a enviar.", alone=True)
workflow = group("Los flujos de Temporal: cómo están, reintentar, terminar.")
audit = group("La auditoría encadenada de cada servicio.")
ledger = group("El libro mayor del fondo.")
tranche = group("Un desembolso que espera a un operador.")
notices = group("Avisos que no llegaron.")

Reason = Annotated[
    str, typer.Option("--reason", help="Por qué; queda en la auditoría.", show_default=False)
]
Room = Annotated[RoomName | None, typer.Option("--room", help="Un solo servicio.")]
Channel = Annotated[ChannelName | None, typer.Option(help="Un solo canal.")]
WorkflowId = Annotated[str, typer.Argument(help="Así: application/app_…, ballot/…, tranche/…")]
Aggregate = Annotated[str, typer.Argument(help="El asunto: bal_…, app_…, tra_….")]
OfConsumer = Annotated[
    str | None, typer.Option("--consumer", help="Un solo consumidor: disbursement.resolutions.")
]


def add_to(app: typer.Typer) -> None:
    """Put these groups on the operators' group."""
    groups = {
        "dead-letters": letters,
        "outbox": outbox,
        "workflow": workflow,
        "audit": audit,
        "ledger": ledger,
        "tranche": tranche,
        "notices": notices,
    }
    for name, one in groups.items():
        app.add_typer(one, name=name)
    command(app, "reconcile")(reconcile)


def _because(reason: str) -> str:
    if not reason.strip():
        raise Wrong("client.reason_missing", "Falta el motivo.", "Escríbalo: --reason «…».")
    return reason.strip()


# dead letters
@command(letters, "list")
def list_letters(desk: Desk, consumer: OfConsumer = None) -> None:
    """Los apartados: qué consumidor, de qué asunto, por qué y desde cuándo."""
    rows = waits.dead_letters(desk.operations, consumer)
    made = table("Eventos apartados", "Desde", "Consumidor", "Asunto", "Motivo")
    for row in rows:
        since = times.in_lima(row["parked_at"])
        made.add_row(since, row["consumer"], row["aggregate_id"], Text(row["reason"]))
    desk.out.show({"data": rows}, lambda: [made if rows else "Ningún evento está apartado."])
    finish(well=not rows)


@command(letters, "show")
def show_letter(desk: Desk, aggregate: Aggregate, consumer: OfConsumer = None) -> None:
    """Un asunto apartado, con los eventos que esperan, enteros."""
    rows = _parked(desk, aggregate, consumer)
    found = [
        desk.operations.read(
            f"/v1/operations/{row['room']}/dead-letters/{row['consumer']}/{row['aggregate_id']}"
        )
        for row in rows
    ]
    parts: list[Any] = []
    for one in found:
        parts.append(
            facts(
                ("Consumidor", one["consumer"]),
                ("Asunto", one["aggregate_id"]),
                ("Apartado", times.in_lima(one["parked_at"])),
                ("Motivo", one["reason"]),
            )
        )
        bodies = (event["body"] for event in one["events"])
        parts += [Text(json.dumps(body, ensure_ascii=False, indent=2)) for body in bodies]
    desk.out.show({"data": found}, lambda: parts)


def _parked(desk: Desk, aggregate: str | None, consumer: str | None) -> list[Json]:
    """What is parked of an aggregate or of a consumer; raises Wrong when nothing is."""
    rows = [
        row
        for row in waits.dead_letters(desk.operations, consumer)
        if aggregate in (None, row["aggregate_id"])
    ]
    if not rows:
        cure = "Vea los que hay: `fondo ops dead-letters list`."
        detail = f"Nada está apartado de {aggregate or consumer}."
        raise Wrong("client.nothing_parked", detail, cure)
    return rows


@command(letters, "replay")
def replay(
    desk: Desk,
    reason: Reason,
    aggregate: Annotated[str | None, typer.Argument(help="El asunto; o diga --consumer.")] = None,
    consumer: OfConsumer = None,
    yes: Yes = False,
) -> None:
    """Aplica otra vez lo apartado de un asunto, o todo lo de un consumidor; lo que vuelve a fallar
    sigue apartado, con su motivo."""
    if aggregate is None and consumer is None:
        cure = "Diga el asunto, o --consumer para todos los de un consumidor."
        raise Wrong("client.replay_unclear", "No se sabe qué aplicar otra vez.", cure)
    rows = _parked(desk, aggregate, consumer)
    told = {"aggregate_id": aggregate, "reason": _because(reason)}
    desk.confirm(f"¿Aplicar otra vez {len(rows)} asuntos apartados?", yes=yes)
    found = []
    for room, named in sorted({(row["room"], row["consumer"]) for row in rows}):
        path = f"/v1/operations/{room}/dead-letters/replays"
        done = desk.operations.write(path, {"consumer": named, **told}, timeout_s=LONG_S)
        found += [{"consumer": named, **one} for one in done["data"]]
    made = table("Reaplicados", "Consumidor", "Asunto", "Eventos", "Sigue apartado por")
    for one in found:
        kept = Text(one["stays_parked"] or "")
        made.add_row(one["consumer"], one["aggregate_id"], str(one["applied"]), kept)
    desk.out.show({"data": found}, lambda: [made])
    finish(well=not any(one["stays_parked"] for one in found))


# outbox
@outbox.callback(invoke_without_command=True)
def outboxes(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Los eventos de cada servicio: lo que falta enviar, y volver a enviar."""
    if ctx.invoked_subcommand is None:
        list_outbox(as_json=as_json)


@command(outbox, "list")
def list_outbox(
    desk: Desk,
    room: Room = None,
    aggregate: Annotated[str | None, typer.Option(help="Los de un asunto, enviados o no.")] = None,
) -> None:
    """Los eventos que faltan enviar, o todos los de un asunto."""
    asked: Json = {"aggregate_id": aggregate} if aggregate else {"sent": "false"}
    rows = [
        {**row, "room": one}
        for one in ([room] if room else ROOMS)
        for row in desk.operations.rows(f"/v1/operations/{one}/outbox", **asked)
    ]
    made = table("Eventos", "Servicio", "Hecho", "Enviado", "Evento", "Tipo", "Asunto")
    for row in rows:
        at, sent = times.in_lima(row["created_at"]), times.in_lima(row["published_at"])
        made.add_row(row["room"], at, sent, row["id"], row["type"], row["aggregate_id"])
    desk.out.show({"data": rows}, lambda: [made if rows else "No falta enviar ningún evento."])


@command(outbox, "resend")
def resend(
    desk: Desk,
    reason: Reason,
    room: Room = None,
    event: Annotated[str | None, typer.Option(help="Un evento, en --room.")] = None,
    aggregate: Annotated[str | None, typer.Option(help="Los de un asunto, en --room.")] = None,
    since: Annotated[str | None, typer.Option(help="Desde: «2026-12-01 09:30», Lima.")] = None,
    yes: Yes = False,
) -> None:
    """Vuelve a enviar a Kafka: un evento, los de un asunto, o todos desde un momento. Quien ya los
    aplicó los reconoce y no hace nada."""
    chosen = {"event_id": event, "aggregate_id": aggregate}
    chosen["since"] = times.typed(since) if since else None
    given = {name: value for name, value in chosen.items() if value}
    if len(given) != 1 or (room is None and not since):
        cure = "Diga uno: --event o --aggregate (con --room), o --since."
        raise Wrong("client.resend_unclear", "No se sabe qué volver a enviar.", cure)
    body = {**given, "reason": _because(reason)}
    desk.confirm("¿Volver a enviar estos eventos?", yes=yes)
    data = [
        {"room": one, **desk.operations.write(f"/v1/operations/{one}/outbox/resends", body)}
        for one in ([room] if room else ROOMS)
    ]
    lines = [f"{row['room']}: {row['events']} eventos se envían otra vez." for row in data]
    desk.out.show({"data": data}, lambda: lines)


# workflows
@command(workflow, "show")
def show_workflow(desk: Desk, workflow_id: WorkflowId) -> None:
    """Qué espera un flujo, qué intenta y con qué tropieza."""
    found = desk.operations.read(f"/v1/workflows/{workflow_id}")
    desk.out.show(found, lambda: _workflow(found))


def _workflow(found: Json) -> list[Any]:
    run = found["run"]
    told = facts(
        ("Flujo", run["workflow_id"]),
        ("Clase", run["kind"]),
        ("Estado", run["state"]),
        ("Espera", found["waiting_for"]),
        ("Espera desde", found["waiting_since"] and times.in_lima(found["waiting_since"])),
        ("Comenzó", times.in_lima(run["started_at"])),
        ("Terminó", run["closed_at"] and times.in_lima(run["closed_at"])),
        ("Fallas de su código", found["code_failures"] or None),
        ("Corrida", run["run_id"]),
    )
    made = table("Actividades en curso", "Actividad", "Intentos", "Último tropiezo", "Siguiente")
    for row in found["pending"]:
        failure = Text(row["last_failure"] or "")
        made.add_row(row["activity"], str(row["attempts"]), failure, times.in_lima(row["next_at"]))
    return [told, made] if found["pending"] else [told]


@command(workflow, "retry")
def retry(desk: Desk, workflow_id: WorkflowId, reason: Reason, yes: Yes = False) -> None:
    """Reintenta: de inmediato lo que está en curso, o el paso en que el flujo terminó mal. De un
    desembolso que solo espera la palabra del programa, se le pregunta ya."""
    try:
        _act(desk, workflow_id, "retry", f"¿Reintentar {workflow_id}?", reason, yes=yes)
    except Refused as error:
        kind, _, tranche_id = workflow_id.partition("/")
        if error.code != "applications.nothing_to_retry" or kind != "tranche":
            raise
        _tranche(desk, f"/v1/tranches/{tranche_id}/inquire", tranche_id, None)


@command(workflow, "terminate")
def terminate(desk: Desk, workflow_id: WorkflowId, reason: Reason, yes: Yes = False) -> None:
    """Termina un flujo donde está; los hechos quedan, y `retry` lo retoma."""
    _act(desk, workflow_id, "terminate", f"¿Terminar {workflow_id}?", reason, yes=yes)


def _act(desk: Desk, workflow_id: str, act: str, question: str, reason: str, *, yes: bool) -> None:
    body = {"reason": _because(reason)}
    desk.confirm(question, yes=yes)
    done = desk.operations.write(f"/v1/workflows/{workflow_id}/{act}", body)
    desk.out.show(done, lambda: ["Hecho y auditado.", *_workflow(done)])


# audit, ledger, reconciliation
@command(audit, "verify")
def verify(
    desk: Desk,
    room: Room = None,
    anchor: Annotated[str | None, typer.Option(help="Una cabeza guardada fuera.")] = None,
) -> None:
    """Recorre las cadenas de auditoría: ningún hueco, cambio ni corte."""
    asked = {"anchor": anchor} if anchor else {}
    rows = [
        desk.operations.read(f"/v1/operations/{one}/audit", timeout_s=LONG_S, **asked)
        for one in ([room] if room else ROOMS)
    ]
    made = table("Auditoría", "Servicio", "Filas", "Cabeza", "Cómo está")
    for row in rows:
        faults = [row["fault"], *row["findings"]] if not row["is_whole"] else ["entera"]
        told = "\n".join(one for one in faults if one)
        made.add_row(row["room"], str(row["rows"]), row["head"][:16] + "…", Text(told))
    desk.out.show({"data": rows}, lambda: [made])
    finish(well=all(row["is_whole"] for row in rows))


@command(ledger, "check")
def check_ledger(desk: Desk) -> None:
    """El libro cuadra: los saldos suman cero, cada saldo es la suma de sus asientos y los bloques
    están encadenados."""
    chain = desk.operations.read("/v1/operations/disbursement/audit", timeout_s=LONG_S)
    trial = desk.operations.read("/v1/ledger/trial-balance")
    balanced = trial["total"]["amount"] == "0.00"
    well = balanced and not chain["findings"]
    found = {"total": trial["total"], "findings": chain["findings"], "well": well}
    made = table("Balance de comprobación", "Cuenta", "Saldo")
    for row in trial["accounts"]:
        made.add_row(row["code"], soles(row["balance"]))
    made.add_row("total", soles(trial["total"]))
    verdict = "El libro cuadra y está entero." if well else "\n".join(chain["findings"])
    desk.out.show(found, lambda: [made, verdict or "El libro no cuadra."])
    finish(well=well)


def reconcile(
    desk: Desk,
    channel: Channel = None,
    day: Annotated[
        str | None, typer.Option("--day", "--date", help="El día en Lima; si no, hoy.")
    ] = None,
    close: Annotated[
        bool, typer.Option("--close", help="Hacer también el cierre del día.")
    ] = False,
) -> None:
    """Concilia el extracto de un día con el libro y muestra los casos que quedan abiertos."""
    on = times.typed_day(day) if day else times.now().astimezone(times.LIMA).date()
    body = {"business_date": on.isoformat()}
    data = []
    for one in [channel] if channel else CHANNELS:
        told = {"channel": one, **body}
        found = desk.operations.write("/v1/reconciliations", told, timeout_s=LONG_S)
        closing = desk.operations.write("/v1/closings", told) if close else None
        data.append({"channel": one, **found, "closing": closing})
    cases = desk.operations.rows("/v1/reconciliation-cases", state="open")
    made = table(f"Conciliación del {on}", "Canal", "Líneas", "Nuevas", "Calzan", "Casos", "Cierre")
    for row in data:
        closed = row["closing"] and ("cuadra" if row["closing"]["balanced"] else "no cuadra")
        numbers = [str(row[name]) for name in ("lines", "new", "matched", "cases")]
        made.add_row(word(row["channel"]), *numbers, closed or "—")
    desk.out.show(
        {"data": data, "open_cases": cases},
        lambda: [made, f"{len(cases)} casos abiertos (`fondo ops stuck`, los vencidos)."],
    )
    unbalanced = [row for row in data if row["closing"] and not row["closing"]["balanced"]]
    finish(well=not (cases or unbalanced))


# one thing that waits for an operator
@command(tranche, "send-again")
def send_again(
    desk: Desk,
    tranche_id: Annotated[str, typer.Argument(help="El desembolso: tra_….")],
    reason: Reason,
    yes: Yes = False,
) -> None:
    """Envía otra vez las mismas referencias después de cinco envíos, solo si el programa dice que
    nunca las recibió: no puede pagar dos veces."""
    body = {"reason": _because(reason)}
    desk.confirm(f"¿Preguntar y, si nunca llegó, enviar otra vez {tranche_id}?", yes=yes)
    _tranche(desk, f"/v1/tranches/{tranche_id}/send-again", tranche_id, body)


@command(tranche, "inquire")
def inquire(
    desk: Desk, tranche_id: Annotated[str, typer.Argument(help="El desembolso: tra_….")]
) -> None:
    """Pregunta ya al programa qué fue de un desembolso y aplica su palabra."""
    _tranche(desk, f"/v1/tranches/{tranche_id}/inquire", tranche_id, None)


def _tranche(desk: Desk, path: str, tranche_id: str, body: Json | None) -> None:
    found = desk.operations.write(path, body)
    rows = desk.operations.rows("/v1/instructions", tranche_id=tranche_id)
    made = table(f"Desembolso {found['state']}: instrucciones", "Referencia", "Monto", "Estado")
    for row in rows:
        made.add_row(row["reference"], soles(row["amount"]), word(row["state"]))
    desk.out.show({**found, "instructions": rows}, lambda: [made])


@command(notices, "redeliver")
def redeliver(
    desk: Desk, delivery_id: Annotated[str, typer.Argument(help="El aviso: dlv_….")]
) -> None:
    """Intenta otra vez un aviso que se dio por perdido."""
    found = desk.operations.write(f"/v1/deliveries/{delivery_id}/redeliver")
    desk.out.show(found, lambda: [f"El aviso a {found['recipient_sub']} se intenta otra vez."])
