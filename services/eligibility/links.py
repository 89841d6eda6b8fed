"""Traits kept and met again: who else showed the same value, from an index on kind and digest."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.eligibility.likeness import Trait, Traits, similarity_percent
from services.eligibility.models import PlanSignature
from services.eligibility.models import Trait as TraitRow
from services.eligibility.signals import Link, Other
from services.kernel.db import AsyncSession, Database

SHOWN_OTHERS: Final = 20
"""So many of those who share a value are named; all are counted."""
PLAN_FLOOR_PERCENT: Final = 50
"""Plans that share less are not told to the policy, whose parameter lies above."""
CONTEXT_KINDS: Final = frozenset({"adviser", "supplier"})
"""Kinds that count only beside another link: those linked otherwise are named first."""
PEER_KINDS: Final = frozenset({"cci", "director", "phone", "email", "plan"})

_SHARED: Final = """
    SELECT own.kind, own.digest, own.shown, other.consortium_id, other.application_id, other.total
    FROM unnest(%(kinds)s::text[], %(digests)s::text[], %(shown)s::text[])
        AS own (kind, digest, shown)
    CROSS JOIN LATERAL (
        SELECT trait.consortium_id, max(trait.application_id) AS application_id,
            count(*) OVER () AS total
        FROM trait
        WHERE trait.kind = own.kind AND trait.digest = own.digest
            AND trait.consortium_id <> %(consortium_id)s
        GROUP BY trait.consortium_id
        ORDER BY trait.consortium_id = ANY (%(peers)s::text[]) DESC, trait.consortium_id
        LIMIT %(shown_others)s
    ) AS other
    ORDER BY own.kind, own.digest, other.consortium_id
    """

_SAME_BANDS: Final = """
    SELECT DISTINCT ON (trait.consortium_id)
        trait.consortium_id, trait.application_id, plan_signature.signature
    FROM unnest(%(digests)s::text[]) AS own (digest)
    JOIN trait ON trait.kind = 'plan_band' AND trait.digest = own.digest
    JOIN plan_signature ON plan_signature.assessment_id = trait.assessment_id
    WHERE trait.consortium_id <> %(consortium_id)s
    ORDER BY trait.consortium_id, trait.assessment_id DESC
    """


async def kept(session: AsyncSession, assessment_id: str) -> Traits:
    """The traits that were kept with an assessment."""
    rows = await session.exec(select(TraitRow).where(TraitRow.assessment_id == assessment_id))
    values = tuple(Trait(row.kind, row.digest, row.shown) for row in rows)
    signature = await session.exec(
        select(col(PlanSignature.signature)).where(PlanSignature.assessment_id == assessment_id)
    )
    return Traits(values, signature.one_or_none())


async def shared(database: Database, traits: Traits, *, consortium_id: str) -> list[Link]:
    """The links of these traits to other consortia, in a fixed order."""
    firm = [one for one in traits.values if one.kind not in CONTEXT_KINDS | {"plan_band"}]
    context = [one for one in traits.values if one.kind in CONTEXT_KINDS]
    found = await _shared(database, firm, consortium_id, [])
    found += await _same_plans(database, traits, consortium_id)
    peers = sorted(
        {other.consortium_id for link in found if link.kind in PEER_KINDS for other in link.others}
    )
    return found + await _shared(database, context, consortium_id, peers)


def linked_to(assessment_id: str) -> SelectOfScalar[str]:
    """The applications of other consortia that share a trait with an assessment."""
    own, other = aliased(TraitRow), aliased(TraitRow)
    return (
        select(col(other.application_id))
        .join(own, (col(own.kind) == col(other.kind)) & (col(own.digest) == col(other.digest)))
        .where(
            col(own.assessment_id) == assessment_id,
            col(other.consortium_id) != col(own.consortium_id),
        )
    )


async def _shared(
    database: Database, traits: Sequence[Trait], consortium_id: str, peers: list[str]
) -> list[Link]:
    if not traits:
        return []
    rows = await database.rows(
        _SHARED,
        {
            "kinds": [trait.kind for trait in traits],
            "digests": [trait.digest for trait in traits],
            "shown": [trait.shown for trait in traits],
            "consortium_id": consortium_id,
            "peers": peers,
            "shown_others": SHOWN_OTHERS,
        },
    )
    grouped: dict[tuple[str, str, str, int], list[Other]] = defaultdict(list)
    for kind, digest, shown, other_id, application_id, total in rows:
        other = Other(consortium_id=other_id, application_id=application_id)
        grouped[kind, digest, shown, total].append(other)
    return [
        Link(kind=kind, shown=shown, others=others, count=total)
        for (kind, _digest, shown, total), others in grouped.items()
    ]


async def _same_plans(database: Database, traits: Traits, consortium_id: str) -> list[Link]:
    if traits.signature is None:
        return []
    bands = [trait.digest for trait in traits.values if trait.kind == "plan_band"]
    rows = await database.rows(_SAME_BANDS, {"digests": bands, "consortium_id": consortium_id})
    alike = sorted(
        (-similarity_percent(traits.signature, signature), other_id, application_id)
        for other_id, application_id, signature in rows
    )
    return [
        Link(
            kind="plan",
            shown="texto del plan",
            others=[Other(consortium_id=other_id, application_id=application_id)],
            count=1,
            similarity_percent=-negative,
        )
        for negative, other_id, application_id in alike[:SHOWN_OTHERS]
        if -negative >= PLAN_FLOOR_PERCENT
    ]
