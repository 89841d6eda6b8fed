"""Traits kept and met again: who else showed the same value, from an index on kind and digest."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
BAND: Final = "plan_band"
PEER_KINDS: Final = frozenset({"cci", "director", "phone", "email", "plan"})

_SHARED: Final = """
    SELECT own.place, own.kind, own.digest, own.shown, other.consortium_id, other.application_id,
        other.total
    FROM unnest(%(places)s::int[], %(consortia)s::text[], %(kinds)s::text[], %(digests)s::text[],
            %(shown)s::text[])
        AS own (place, consortium_id, kind, digest, shown)
    CROSS JOIN LATERAL (
        SELECT trait.consortium_id, max(trait.application_id) AS application_id,
            count(*) OVER () AS total
        FROM trait
        WHERE trait.kind = own.kind AND trait.digest = own.digest
            AND trait.consortium_id <> own.consortium_id
        GROUP BY trait.consortium_id
        ORDER BY (own.place, trait.consortium_id) IN (
                SELECT * FROM unnest(%(peer_places)s::int[], %(peers)s::text[])
            ) DESC, trait.consortium_id
        LIMIT %(shown_others)s
    ) AS other
    ORDER BY own.place, own.kind, own.digest, other.consortium_id
    """

_SAME_BANDS: Final = """
    SELECT DISTINCT ON (own.place, trait.consortium_id)
        own.place, trait.consortium_id, trait.application_id, plan_signature.signature
    FROM unnest(%(places)s::int[], %(consortia)s::text[], %(digests)s::text[])
        AS own (place, consortium_id, digest)
    JOIN trait ON trait.kind = 'plan_band' AND trait.digest = own.digest
    JOIN plan_signature ON plan_signature.assessment_id = trait.assessment_id
    WHERE trait.consortium_id <> own.consortium_id
    ORDER BY own.place, trait.consortium_id, trait.assessment_id DESC
    """


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose traits they are, and which."""

    consortium_id: str
    traits: Traits


async def kept(session: AsyncSession, assessment_id: str) -> Traits:
    """The traits that were kept with an assessment."""
    rows = await session.exec(select(TraitRow).where(TraitRow.assessment_id == assessment_id))
    values = tuple(Trait(row.kind, row.digest, row.shown) for row in rows)
    signature = await session.exec(
        select(col(PlanSignature.signature)).where(PlanSignature.assessment_id == assessment_id)
    )
    return Traits(values, signature.one_or_none())


async def shared(database: Database, shown: Sequence[Shown]) -> list[list[Link]]:
    """For each, the links of its traits to other consortia, in a fixed order."""
    firm = await _shared(database, shown, lambda kind: kind not in CONTEXT_KINDS, {})
    plans = await _same_plans(database, shown)
    found = [firm[place] + plans[place] for place in range(len(shown))]
    peers = {
        place: sorted(
            {other.consortium_id for one in some if one.kind in PEER_KINDS for other in one.others}
        )
        for place, some in enumerate(found)
    }
    context = await _shared(database, shown, lambda kind: kind in CONTEXT_KINDS, peers)
    return [some + context[place] for place, some in enumerate(found)]


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
    database: Database,
    shown: Sequence[Shown],
    wanted: Callable[[str], bool],
    peers: Mapping[int, Sequence[str]],
) -> dict[int, list[Link]]:
    """By place, the links of the wanted kinds; the others named first are the place's peers."""
    links: dict[int, list[Link]] = defaultdict(list)
    own = [
        (place, one.consortium_id, trait)
        for place, one in enumerate(shown)
        for trait in one.traits.values
        if trait.kind != BAND and wanted(trait.kind)
    ]
    if not own:
        return links
    first = [(place, peer) for place, some in peers.items() for peer in some]
    rows = await database.rows(
        _SHARED,
        {
            "places": [place for place, _, _ in own],
            "consortia": [consortium_id for _, consortium_id, _ in own],
            "kinds": [trait.kind for _, _, trait in own],
            "digests": [trait.digest for _, _, trait in own],
            "shown": [trait.shown for _, _, trait in own],
            "peer_places": [place for place, _ in first],
            "peers": [peer for _, peer in first],
            "shown_others": SHOWN_OTHERS,
        },
    )
    grouped: dict[tuple[int, str, str, str, int], list[Other]] = defaultdict(list)
    for place, kind, digest, text, other_id, application_id, total in rows:
        other = Other(consortium_id=other_id, application_id=application_id)
        grouped[place, kind, digest, text, total].append(other)
    for (place, kind, _digest, text, total), others in grouped.items():
        links[place].append(Link(kind=kind, shown=text, others=others, count=total))
    return links


async def _same_plans(database: Database, shown: Sequence[Shown]) -> dict[int, list[Link]]:
    links: dict[int, list[Link]] = defaultdict(list)
    bands = [
        (place, one.consortium_id, trait.digest)
        for place, one in enumerate(shown)
        for trait in one.traits.values
        if trait.kind == BAND
    ]
    if not bands:
        return links
    places, consortia, digests = zip(*bands, strict=True)
    rows = await database.rows(
        _SAME_BANDS,
        {"places": list(places), "consortia": list(consortia), "digests": list(digests)},
    )
    alike: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for place, other_id, application_id, signature in rows:
        own = shown[place].traits.signature or b""
        negative = -similarity_percent(own, signature)
        alike[place].append((negative, other_id, application_id))
    for place, some in alike.items():
        links[place] = [
            Link(
                kind="plan",
                shown="texto del plan",
                others=[Other(consortium_id=other_id, application_id=application_id)],
                count=1,
                similarity_percent=-negative,
            )
            for negative, other_id, application_id in sorted(some)[:SHOWN_OTHERS]
            if -negative >= PLAN_FLOOR_PERCENT
        ]
    return links
