"""Looks at every step with eyes of its own: what was written, against what may be.

The ledger is added up a second time from its blocks, the partner's book is read line by line, and
who did what comes from the audit. Nothing here asks the room's own code for an opinion.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from tests.simulation.servers import Postgres

_HEADS: Final = """
SELECT coalesce((SELECT max(seq) FROM ledger_block), 0) AS block,
       coalesce((SELECT max(seq) FROM audit_link), 0) AS link
"""
_BLOCKS: Final = """
SELECT b.seq, t.id, t.kind, t.amount_centimos AS amount, t.call_id, t.agreement_id, t.reference,
       t.pending_id, t.reverses, g.account_code AS source, r.account_code AS target,
       -g.amount_centimos AS given, r.amount_centimos AS gained
FROM ledger_block b JOIN transfer t ON t.tx = b.tx
LEFT JOIN entry g ON g.transfer_id = t.id AND g.amount_centimos < 0
LEFT JOIN entry r ON r.transfer_id = t.id AND r.amount_centimos > 0
WHERE b.seq > %s ORDER BY b.seq, t.id
"""
_AUDIT: Final = """
SELECT l.seq, a.action, a.subject, a.actor, a.change FROM audit_link l
JOIN audit a ON a.id = l.audit_id WHERE l.seq > %s ORDER BY l.seq
"""
_BALANCES: Final = "SELECT code, balance_centimos FROM account WHERE code = ANY(%s)"
_ROWS: Final = {
    "tranche": "SELECT * FROM tranche WHERE id = ANY(%s) ORDER BY id",
    "agreement": "SELECT * FROM agreement WHERE id = ANY(%s) ORDER BY id",
    "instruction": "SELECT * FROM instruction WHERE tranche_id = ANY(%s)"
    " ORDER BY tranche_id, lineage, item",
    "hold": "SELECT * FROM hold WHERE id = ANY(%s) ORDER BY id",
}
_DRAFTED: Final = "SELECT * FROM tranche WHERE agreement_id = ANY(%s) ORDER BY id"
_TRANCHE_OF: Final = """
SELECT tranche_id FROM accountability_report WHERE id = %(id)s
UNION ALL SELECT tranche_id FROM claim WHERE id = %(id)s
UNION ALL SELECT c.tranche_id FROM receipt r JOIN claim c ON c.id = r.claim_id WHERE r.id = %(id)s
UNION ALL SELECT r.tranche_id FROM accountability_invoice i
    JOIN accountability_report r ON r.id = i.report_id WHERE i.id = %(id)s
"""
_LINES: Final = """
SELECT line_no, partner, end_to_end_id AS reference, kind, amount_cents, business_date FROM line
WHERE line_no > ? ORDER BY line_no
"""
_ACCEPTED: Final = """
SELECT rowid, end_to_end_id AS reference, amount_cents FROM payment WHERE rowid > ? ORDER BY rowid
"""
_HORIZON: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid"
BEGINNING: Final = "0"
"""No transaction was before this one."""
SECOND_FROM_CENTIMOS: Final = 1_000_000_00
"""From a tranche of this amount on two persons release: the parameter `release.second_from`."""
USES: Final = {"account": 1, "repay": 1, "recover": 1, "disallow": -1}
"""Moves by which what was paid is used up, or is free again."""
ENDED: Final = frozenset({"rejected", "returned"})


class Violated(AssertionError):
    """Something is not as it must be."""


def demand(holds: bool, what: str) -> None:
    """Raise Violated unless it holds."""
    if not holds:
        raise Violated(what)


@dataclass
class Release:
    """Who did what for a tranche's present lineage."""

    requested: str | None = None
    prepared: str | None = None
    once: str | None = None
    released: str | None = None


@dataclass
class Payment:
    """An instruction as it was last seen, and what the partner did about it."""

    row: dict[str, Any]
    executed: int = 0
    returned: int = 0
    may_leave: bool = False

    @property
    def live(self) -> bool:
        """The partner has paid it and not got it back."""
        return self.executed > self.returned


@dataclass
class Watch:
    """What was seen so far."""

    postgres: Postgres
    books: sqlite3.Connection
    block: int = 0
    link: int = 0
    line: int = 0
    accepted: int = 0
    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    of_call: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    ended: set[str] = field(default_factory=set)
    used: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tranche: dict[str, dict[str, Any]] = field(default_factory=dict)
    agreement: dict[str, dict[str, Any]] = field(default_factory=dict)
    hold: dict[str, dict[str, Any]] = field(default_factory=dict)
    payment: dict[str, Payment] = field(default_factory=dict)
    release: dict[str, Release] = field(default_factory=lambda: defaultdict(Release))
    tranches_of: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    of_tranche: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    days: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    approved: set[str] = field(default_factory=set)
    moves: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    checked: str = BEGINNING
    _connection: psycopg.Connection[Any] | None = None
    _restarts: int = 0

    def rows(self, statement: str, *values: Any, **named: Any) -> list[dict[str, Any]]:
        """What the superuser sees."""
        if self._connection is None or self._restarts != self.postgres.restarts:
            self.close()
            self._connection = self.postgres.admin()
            self._connection.row_factory = dict_row
            self._restarts = self.postgres.restarts
            self.checked = BEGINNING  # numbers of transactions lost in the crash are given again
        return self._connection.execute(statement, named or values).fetchall()

    def horizon(self) -> str:
        """What is written from now on bears the number of this transaction or of a later one."""
        (row,) = self.rows(_HORIZON)
        return str(row["xid"])

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def look(self, now: datetime) -> bool:
        """See what is new and judge it; whether anything was written."""
        (head,) = self.rows(_HEADS)
        transfers = self.rows(_BLOCKS, self.block) if head["block"] != self.block else []
        audits = self.rows(_AUDIT, self.link) if head["link"] != self.link else []
        before = {one.row["reference"]: one.row["state"] for one in self._of(audits)}
        self._refresh(audits)
        for audit in audits:
            if audit["subject"].startswith("tra_"):
                self._of_people(audit, now)
        self._of_partner()
        if transfers:
            self._of_ledger(transfers)
        self.link = audits[-1]["seq"] if audits else self.link
        for reference, state in before.items():
            self._legal(reference, state)
        return bool(transfers or audits)

    def _of(self, audits: Sequence[dict[str, Any]]) -> list[Payment]:
        subjects = {audit["subject"] for audit in audits}
        return [self.payment[ref] for one in subjects for ref in self.of_tranche.get(one, [])]

    def _legal(self, reference: str, before: str) -> None:
        after = self.payment[reference].row["state"]
        demand(before not in ENDED or after == before, f"{reference} left its end: {before}")
        demand(
            before != "settled" or after in {"settled", "returned"},
            f"{reference}: settled, then {after}",
        )

    def _refresh(self, audits: Sequence[dict[str, Any]]) -> None:
        """Read again what the audit says was touched."""
        subjects: dict[str, set[str]] = defaultdict(set)
        for audit in audits:
            subjects[audit["subject"][:4]].add(audit["subject"])
        for prefix, table in (("tra_", "tranche"), ("agr_", "agreement"), ("hld_", "hold")):
            if subjects[prefix]:
                seen: dict[str, Any] = getattr(self, table)
                rows = self.rows(_ROWS[table], list(subjects[prefix]))
                seen.update({row["id"]: row for row in rows})
        drafted = [a["subject"] for a in audits if a["action"] == "agreement.draft"]
        if drafted:
            rows = self.rows(_DRAFTED, drafted)
            self.tranche.update({row["id"]: row for row in rows})
            for row in rows:
                self.tranches_of[row["agreement_id"]].append(row["id"])
        if subjects["tra_"]:
            for row in self.rows(_ROWS["instruction"], list(subjects["tra_"])):
                known = self.payment.get(row["reference"])
                if known is None:
                    self.payment[row["reference"]] = Payment(row)
                    self.of_tranche[row["tranche_id"]].append(row["reference"])
                else:
                    known.row = row

    # -- the ledger -----------------------------------------------------------------------------

    def _of_ledger(self, transfers: list[dict[str, Any]]) -> None:
        touched: set[tuple[str, str]] = set()
        for one in transfers:
            demand(one["seq"] in {self.block, self.block + 1}, f"block {one['seq']}: a gap")
            self.block = one["seq"]
            name = f"{one['kind']} {one['id']} of {one['reference']}"
            demand(one["given"] == one["gained"] == one["amount"] > 0, f"{name}: unbalanced")
            for code, amount in ((one["source"], -one["amount"]), (one["target"], one["amount"])):
                touched.add((one["call_id"], code))
                self.balances[code] += amount
                self.of_call[one["call_id"], code] += amount
            for other in (one["pending_id"], one["reverses"]):
                demand(other is None or other not in self.ended, f"{name}: {other} ends twice")
                self.ended |= {other} if other else set()
            self.moves[one["kind"]] += 1
            self._of_transfer(one, name)
        for call_id, code in sorted(touched):
            least = min(self.balances[code], self.of_call[call_id, code])
            free = code == "treasury" or code.startswith("outside:")
            demand(free or least >= 0, f"{code} of {call_id} overdrawn")
        for row in self.rows(_BALANCES, [code for _, code in touched]):
            stored, sum_ = row["balance_centimos"], self.balances[row["code"]]
            demand(stored == sum_, f"{row['code']}: {stored}, its entries say {sum_}")

    def _of_transfer(self, one: dict[str, Any], name: str) -> None:
        if one["kind"] == "commit":
            agreement = self.agreement[one["reference"]]
            demand(agreement["application_id"] in self.approved, f"{name}: not approved")
        elif one["kind"] in {"instruct", "settle", "return"}:
            payment = self.payment[one["reference"]]
            demand(payment.row["amount_centimos"] == one["amount"], f"{name}: another amount")
            if one["kind"] == "settle":
                demand(payment.executed == 1, f"{name}: the partner never paid it")
            elif one["kind"] == "return":
                demand(not payment.live, f"{name}: the partner has paid it")
                demand(
                    one["reverses"] is None or payment.returned == 1,
                    f"{name}: the partner never gave it back",
                )
        tranche_id = ""
        if one["kind"] == "return":
            tranche_id = payment.row["tranche_id"]
        elif one["kind"] in USES:
            tranche_id = one["reference"]
            if not tranche_id.startswith("tra_"):
                (found,) = self.rows(_TRANCHE_OF, id=tranche_id)
                tranche_id = found["tranche_id"]
            self.used[tranche_id] += USES[one["kind"]] * one["amount"]
        if tranche_id:
            demand(
                self.used[tranche_id] <= self.settled(tranche_id), f"{name}: more used than paid"
            )

    def settled(self, tranche_id: str) -> int:
        """What the tranche has paid and not got back."""
        rows = [self.payment[reference].row for reference in self.of_tranche[tranche_id]]
        return sum(row["amount_centimos"] for row in rows if row["state"] == "settled")

    # -- the partners' book ---------------------------------------------------------------------

    def _of_partner(self) -> None:
        for row in self.books.execute(_ACCEPTED, (self.accepted,)).fetchall():
            self.accepted = row["rowid"]
            payment = self.payment.get(row["reference"])
            demand(payment is not None, f"{row['reference']}: taken by the partner, not ours")
            if payment is not None:
                demand(payment.may_leave, f"{row['reference']}: sent without approval")
                demand(
                    payment.row["amount_centimos"] == row["amount_cents"],
                    f"{row['reference']}: another amount at the partner",
                )
        for row in self.books.execute(_LINES, (self.line,)).fetchall():
            self.line = row["line_no"]
            self._of_line(row)

    def _of_line(self, row: sqlite3.Row) -> None:
        payment = self.payment[row["reference"]]
        days = self.days[row["partner"]]
        days[row["business_date"]] = days.get(row["business_date"], 0) + 1
        if row["kind"] == "return":
            payment.returned += 1
            demand(payment.returned == payment.executed == 1, f"{row['reference']}: returned twice")
            return
        payment.executed += 1
        demand(payment.executed == 1, f"{row['reference']}: paid twice")
        demand(payment.row["state"] not in ENDED, f"{row['reference']}: paid after we gave it up")
        share = (payment.row["tranche_id"], payment.row["item"])
        live = [
            reference
            for reference in self.of_tranche[share[0]]
            if self.payment[reference].live and self.payment[reference].row["item"] == share[1]
        ]
        demand(len(live) == 1, f"{share}: paid twice, by {live}")

    # -- the people -----------------------------------------------------------------------------

    def standing(self, now: datetime) -> list[dict[str, Any]]:
        """The holds that stand; those that are over are kept no more, since time does not turn."""
        for one in list(self.hold.values()):
            if one["lifted_at"] is not None or (one["ends_at"] and one["ends_at"] <= now):
                del self.hold[one["id"]]
        return list(self.hold.values())

    def held(self, tranche: dict[str, Any], now: datetime) -> bool:
        """Whether something holds back the tranche's payment."""
        rows = [self.payment[reference].row for reference in self.of_tranche[tranche["id"]]]
        subjects = {
            ("fund", ""),
            *((scope, tranche[f"{scope}_id"]) for scope in ("call", "consortium", "agreement")),
            ("channel", tranche["channel"]),
            *(
                ("person", row["beneficiary_document"])
                for row in rows
                if row["lineage"] == tranche["lineage"]
            ),
        }
        return any((one["scope"], one["target"]) in subjects for one in self.standing(now))

    def _of_people(self, audit: dict[str, Any], now: datetime) -> None:
        action, actor = audit["action"], audit["actor"]
        release = self.release[audit["subject"]]
        if action == "tranche.request":
            self.release[audit["subject"]] = Release(requested=actor)
        elif action == "tranche.prepare":
            release.prepared = actor
        elif action == "tranche.release_once":
            release.once = actor
        elif action == "tranche.release":
            release.released = actor
            people = [release.requested, release.prepared, release.released]
            if self.tranche[audit["subject"]]["amount_centimos"] >= SECOND_FROM_CENTIMOS:
                people.append(release.once)
            several = len(set(people)) == len(people) and None not in people
            demand(several, f"{audit['subject']}: released by {people}")
            self._may_pay(audit, now)
        elif action in {"tranche.instruct", "tranche.send"}:
            demand(release.released is not None, f"{audit['subject']}: sent without a release")
            self._may_pay(audit, now)
            tranche = self.tranche[audit["subject"]]
            for reference in self.of_tranche[tranche["id"]]:
                payment = self.payment[reference]
                payment.may_leave |= payment.row["lineage"] == tranche["lineage"]

    def _may_pay(self, audit: dict[str, Any], now: datetime) -> None:
        tranche = self.tranche[audit["subject"]]
        agreement = self.agreement[tranche["agreement_id"]]
        name = f"{audit['action']} {tranche['id']}"
        demand(agreement["application_id"] in self.approved, f"{name}: not approved")
        demand(agreement["state"] == "active", f"{name}: the agreement is {agreement['state']}")
        demand(
            None not in (agreement["fund_signed_by"], agreement["consortium_signed_by"])
            and agreement["fund_signed_by"] != agreement["consortium_signed_by"],
            f"{name}: not signed by both",
        )
        demand(not self.held(tranche, now), f"{name}: while held")
