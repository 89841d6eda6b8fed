"""What happens between the fund and its partners: payments, callbacks, statements, misbehaviour."""

import json
from datetime import date, timedelta
from typing import Any, Final

from deploy.sandbox import payments as desk
from services.disbursement import partners, reconciliation
from services.disbursement.channels.protocol import Line, PartnerUnclear
from services.kernel import clock
from services.kernel.ids import new_id
from services.kernel.work import Principal
from tests.factories import disbursement as make
from tests.simulation.simulator import SERVICE, Simulator
from tests.simulation.watch import Violated

AGROIDEAS: Final = Principal(sub="agroideas", role="partner", program="agroideas")
CHANNELS: Final = ("agroideas", "agrobanco")


class Run:
    """What a command of the API gives to a flow: transactions of its own."""

    def __init__(self, sim: Simulator) -> None:
        self.step = sim.step_of


async def instruct(sim: Simulator) -> str | None:
    """A released tranche is sent; one that was sent already must not be sent again."""
    found = sim.tranches("released") or sim.tranches("instructed")
    if not found:
        return None
    tranche_id = sim.chance.one(found)["id"]

    async def work() -> str:
        await partners.instruct(Run(sim), sim.world.channels, tranche_id)  # type: ignore[arg-type]
        return "done"

    return await sim.flow("instruct", work())


async def inquire(sim: Simulator) -> str | None:
    """The partner is asked what became of a tranche."""
    found = sim.tranches("instructed")
    if not found:
        return None
    return await ask(sim, sim.chance.one(found)["id"])


async def ask(sim: Simulator, tranche_id: str) -> str:
    """Ask about this one."""

    async def work() -> str:
        await partners.inquire(Run(sim), sim.world.channels, tranche_id)  # type: ignore[arg-type]
        return "done"

    return await sim.flow("inquire", work())


async def wake(sim: Simulator) -> str | None:
    """What stood still on the wire goes on: a late answer, or an order that leaves only now."""
    if not sim.stalled or sim.chance.maybe(0.4):
        return None
    one = sim.chance.one(sim.stalled)
    outcome = await sim.wake(one)
    return f"{outcome.partition(':')[0]}:{one.kind}"


async def read_statement(sim: Simulator) -> str | None:
    """A partner's statement of a day: in the middle of it, twice, in part, or with stray lines."""
    channel = sim.chance.one(CHANNELS)
    days = sorted(sim.watch.days[channel])[-5:]
    unread = [day for day in days if sim.read[channel, day] < sim.watch.days[channel][day]]
    days = unread if unread and sim.chance.maybe(0.9) else days
    if not days:
        return None
    return await reconcile(sim, channel, sim.chance.one(days))


async def reconcile(sim: Simulator, channel: str, day: str) -> str:
    """Read this one."""

    async def work() -> str:
        try:
            lines = await sim.world.channels[channel].statement(date.fromisoformat(day))
        except PartnerUnclear as error:
            return f"unclear:{str(error)[:60]}"
        whole = len(lines)
        if not sim.world.calm:
            lines = _bent(sim, channel, list(lines))
        result = await sim.step_of(reconciliation.reconcile, channel=channel, lines=lines)
        if len(lines) >= whole:
            sim.read[channel, day] = whole
        return "read" if result.new else "nothing_new"

    return await sim.flow("statement", work())


def _bent(sim: Simulator, channel: str, lines: list[Line]) -> list[Line]:
    """A part of the lines, or more than them: what belongs to nobody, what was matched before."""
    if sim.chance.maybe(0.2):
        return sim.chance.shuffled(lines)[: sim.chance.number(1, len(lines))]
    if not sim.chance.maybe(0.1):
        return lines
    day = lines[0].business_date
    kind = sim.chance.one(("stranger", "second", "amount"))
    known = sim.chance.one(lines)
    if kind == "stranger":
        return [*lines, Line(new_id("lin"), "nobody-knows-this-01", "payment", 100, day)]
    amount = known.amount_centimos + (kind == "amount")
    return [*lines, Line(new_id("lin"), known.reference, known.kind, amount, day)]


# -- what partners do -------------------------------------------------------------------------


async def settle(sim: Simulator) -> str | None:
    """The partners' clerk executes, rejects and returns what is due."""
    with sim.world.sandbox.books.write() as db:
        changes = desk.settle_due(db, sim.chance.now)
    for change in changes:
        sim.faults[f"partner {change.status}"] += 1
    return "settled" if changes else None


async def call_back(sim: Simulator) -> str | None:
    """A callback of Agroideas comes: in its order, out of it, or once more."""
    rows = sim.world.books.execute(
        "SELECT rowid, event_id, body, copies, state FROM callback WHERE state = 'pending'"
        " ORDER BY rowid LIMIT 30"
    ).fetchall()
    late = sim.chance.maybe(0.12)
    if late or not rows:
        rows = sim.world.books.execute(
            "SELECT rowid, event_id, body, copies, state FROM callback ORDER BY rowid DESC LIMIT 60"
        ).fetchall()
    if not rows or (not late and rows[0]["state"] != "pending"):
        return None
    row = sim.chance.one(rows) if late or sim.chance.maybe(0.5) else rows[0]
    if row["state"] == "pending" and sim.chance.maybe(0.1) and not sim.world.calm:
        _keep_state(sim, row["rowid"], "failed")
        return "lost"
    outcome = await tell(sim, row["body"].encode(), row["event_id"])
    if row["state"] == "delivered" and outcome not in {"repeated", "killed"}:
        raise Violated(f"callback {row['event_id']} was applied, and now is {outcome}")
    if outcome in {"applied", "repeated", "case"} and not (row["copies"] > 1 and late):
        _keep_state(sim, row["rowid"], "delivered")
    return outcome


def _keep_state(sim: Simulator, rowid: int, state: str) -> None:
    with sim.world.sandbox.books.write() as db:
        db.execute("UPDATE callback SET state = ? WHERE rowid = ?", (state, rowid))


async def tell(sim: Simulator, raw: bytes, message_id: str, **signing: Any) -> str:
    """Send a signed message, through the door that verifies it."""
    secret = signing.pop("secret", sim.world.settings.agroideas_webhook_secret.get_secret_value())
    at = signing.pop("at", clock.now())  # signatures are checked against the machine's clock
    raw, headers = make.signed(secret, raw, at=at, message_id=message_id)
    verdict: list[str] = []

    async def take(work: Any) -> None:
        callback = partners.verified_callback(sim.world.settings, raw, headers)
        verdict.append(
            await reconciliation.take_callback(
                work, partner="agroideas", raw=raw, callback=callback
            )
        )

    outcome = await sim.do(take, AGROIDEAS)
    return verdict[-1] if outcome == "done" else outcome


async def forge(sim: Simulator) -> str | None:
    """A message that nobody may believe: signed by another, old, altered, of a foreign payment."""
    rows = sim.world.books.execute(
        "SELECT event_id, body, state FROM callback ORDER BY rowid DESC LIMIT 60"
    ).fetchall()
    if not rows:
        return None
    row = sim.chance.one(rows)
    body = json.loads(row["body"])
    kind = sim.chance.one(("signature", "old", "foreign", "altered", "amount"))
    fresh, signing = new_id("evt"), {}
    if kind == "signature":
        signing = {"secret": "whsec_" + "QUJD" * 10}
    elif kind == "old":
        signing = {"at": clock.now() - timedelta(hours=1)}
    elif kind == "foreign":
        body["reference"] = "nobody-knows-this-01"
    elif kind == "amount":
        body["amount"] = make.money(make_centimos(body) + 1)
    elif row["state"] == "delivered":
        fresh, body["reason_code"] = row["event_id"], "altered"
    else:
        return None
    links = sim.watch.moves.copy()
    outcome = await tell(sim, json.dumps(body).encode(), fresh, **signing)
    sim.look()
    believed = outcome in {"applied", "repeated"} or links != sim.watch.moves
    if believed or (signing and not outcome.startswith(("refused", "killed"))):
        raise Violated(f"a forged callback ({kind}) was believed: {outcome}")
    return f"{outcome.partition(':')[0]}:{kind}"


def make_centimos(body: dict[str, Any]) -> int:
    """The amount of a callback."""
    return int(body["amount"]["amount"].replace(".", ""))


async def misbehave(sim: Simulator) -> str | None:
    """A partner is told how to fail, for a request or some more."""
    partner = sim.chance.one(CHANNELS)
    order: dict[str, Any] = {"applies_to": sim.chance.number(1, 3)}
    mode = sim.chance.weighted(
        (
            "timeout_after_executing",
            "reject",
            "return",
            "late_arrival",
            "down_503",
            "normal",
            "no_callback",
            "duplicate_callback",
        ),
        (3, 3, 4, 3, 1, 2, 1 if partner == "agroideas" else 0, 1 if partner == "agroideas" else 0),
    )
    if mode == "timeout_after_executing":
        order["timeout_hold_s"] = 0
    elif mode == "return":
        order["delay_s"] = sim.chance.one((1, 60, 3_600, 40_000))
    elif mode == "late_arrival":
        order["delay_s"] = sim.chance.number(1, 9)
    elif mode == "normal":
        order = {"applies_to": "all", "delay_s": sim.chance.one((0, 5, 120, 2_000))}
    answer = await sim.world.control.put(f"/control/{partner}", json={"mode": mode, **order})
    if answer.status_code != 200:
        raise AssertionError(answer.text)
    sim.faults[f"{partner} told {mode}"] += 1
    return mode


async def read_books(sim: Simulator) -> str | None:
    """Somebody reads: what a call has left is what its entries say."""
    from services.disbursement import queries

    if not sim.calls:
        return None
    call_id = sim.chance.one(sim.calls)

    async def read(work: Any) -> None:
        view = await queries.budget(work.session, call_id)
        whole = view.available + view.committed + view.in_transit + view.paid_out
        if view.allocated != whole or min(view.available, view.committed, view.in_transit) < 0:
            raise Violated(f"call {call_id}: {view}")

    return await sim.do(read, SERVICE)
