"""Who else claims the land of a consortium's members, and what else was cut from the same titles.

Two parcels are the same plot when they have the same title; where one of them has none, when they
have the same code in the same district.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from services.kernel.db import AsyncSession
from services.registry.domain import to_area_ha

MAX_CLAIMS: Final = 20
"""Claims told of one parcel: more of them say nothing more to who must look into it."""
MAX_SIBLINGS: Final = 200
"""Siblings told of a consortium."""

_CLAIMS: Final = text("""
SELECT own.id AS parcel_id, claim.*
FROM parcel own
JOIN membership mine ON mine.producer_id = own.producer_id
    AND mine.consortium_id = :consortium_id AND mine.withdrawn_at IS NULL
CROSS JOIN LATERAL (
    SELECT other.producer_id, other.code, other.area_m2, c.id AS consortium_id,
        c.name AS consortium_name, other.title_number IS NOT DISTINCT FROM own.title_number
            AND own.title_number IS NOT NULL AS same_title
    FROM parcel other
    JOIN membership m ON m.producer_id = other.producer_id AND m.withdrawn_at IS NULL
    JOIN consortium c ON c.id = m.consortium_id
    WHERE other.producer_id <> own.producer_id AND (
        other.title_number = own.title_number
        OR (
            other.code = own.code AND other.ubigeo_scheme = own.ubigeo_scheme
            AND other.ubigeo_code = own.ubigeo_code
            AND (other.title_number IS NULL OR own.title_number IS NULL)
        )
    )
    ORDER BY c.id, other.id
    LIMIT :most
) claim
""")

_SIBLINGS: Final = text("""
SELECT other.parent_title_number AS parent_title, other.producer_id, other.code, other.area_m2,
    c.id AS consortium_id, c.name AS consortium_name
FROM parcel other
JOIN membership m ON m.producer_id = other.producer_id AND m.withdrawn_at IS NULL
JOIN consortium c ON c.id = m.consortium_id
WHERE m.consortium_id <> :consortium_id AND other.parent_title_number IN (
    SELECT own.parent_title_number
    FROM parcel own
    JOIN membership mine ON mine.producer_id = own.producer_id
    WHERE mine.consortium_id = :consortium_id AND mine.withdrawn_at IS NULL
)
ORDER BY other.parent_title_number, c.id, other.id
LIMIT :most
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A parcel that a member of some consortium declares; `same_title` tells why it is the same
    plot: by its title, else by its code in the district."""

    producer_id: str
    code: str
    area_m2: int
    consortium_id: str
    consortium_name: str
    same_title: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """A parcel of another consortium's member that was cut from the same title."""

    parent_title: str
    producer_id: str
    code: str
    area_m2: int
    consortium_id: str
    consortium_name: str

    @property
    def area_ha(self) -> str:
        """The area as decimal text in hectares."""
        return to_area_ha(self.area_m2)


async def claims_of(session: AsyncSession, consortium_id: str) -> Mapping[str, Sequence[Claim]]:
    """By parcel of the current members, the claims of other producers in any consortium."""
    connection = await session.connection()
    rows = await connection.execute(_CLAIMS, {"consortium_id": consortium_id, "most": MAX_CLAIMS})
    found: dict[str, list[Claim]] = defaultdict(list)
    for row in rows.mappings():
        fields = dict(row)
        found[fields.pop("parcel_id")].append(Claim(**fields))
    return found


async def siblings_of(session: AsyncSession, consortium_id: str) -> Sequence[Sibling]:
    """Parcels in other consortia that were cut from the titles of this one's parcels."""
    connection = await session.connection()
    given = {"consortium_id": consortium_id, "most": MAX_SIBLINGS}
    rows = await connection.execute(_SIBLINGS, given)
    return [Sibling(**row) for row in rows.mappings()]
