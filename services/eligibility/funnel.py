"""Whom each rule turns away: counted in SQL over the newest decision of every application."""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text

from services.kernel.db import AsyncSession

_NEWEST: Final = """
WITH newest AS (
    SELECT DISTINCT ON (application_id) application_id, eligible, decision, input
    FROM assessment WHERE call_id = :call_id ORDER BY application_id, round DESC
),
blocking AS (
    SELECT n.application_id, n.input, f ->> 'code' AS code, f ->> 'rule' AS rule,
           f ->> 'norm' AS norm, f ->> 'cure_es' AS cure_es, f ->> 'cure_en' AS cure_en,
           CASE f #>> '{subject,type}' WHEN 'producer' THEN f #>> '{subject,id}' END AS producer_id
    FROM newest n CROSS JOIN jsonb_array_elements(n.decision -> 'findings') AS f
    WHERE f ->> 'severity' = 'blocking'
)
"""

_TOTALS: Final = "SELECT count(*), count(*) FILTER (WHERE NOT eligible) FROM newest"

_RULES: Final = """
, alone AS (
    SELECT application_id, min(code) AS code FROM blocking
    GROUP BY application_id HAVING count(DISTINCT code) = 1
)
SELECT b.code, min(b.rule), min(b.norm), min(b.cure_es), min(b.cure_en),
       count(DISTINCT b.application_id),
       count(DISTINCT (b.application_id, b.producer_id)) FILTER (WHERE b.producer_id IS NOT NULL),
       count(DISTINCT a.application_id)
FROM blocking b LEFT JOIN alone a ON a.application_id = b.application_id AND a.code = b.code
GROUP BY b.code ORDER BY count(DISTINCT b.application_id) DESC, b.code
"""

_GROUPS: Final = """
, turned AS (
    SELECT DISTINCT b.code, b.application_id, b.producer_id, m AS member
    FROM blocking b CROSS JOIN jsonb_array_elements(b.input #> '{facts,members}') AS m
    WHERE m ->> 'producer_id' = b.producer_id
),
described AS (
    SELECT code, member ->> 'sex' AS sex,
           CASE WHEN coalesce(member #>> '{parcels,0,ubigeo,scheme}', 'INEI') = 'INEI'
                THEN substr(coalesce(member #>> '{parcels,0,ubigeo,code}',
                                     member #>> '{parcels,0,ubigeo}'), 1, 2) END AS region,
           (SELECT CASE count(DISTINCT p ->> 'tenure') WHEN 1 THEN min(p ->> 'tenure')
                   WHEN 0 THEN NULL ELSE 'several' END
            FROM jsonb_array_elements(member -> 'parcels') AS p) AS tenure
    FROM turned
)
SELECT code, dimension, coalesce(value, 'unknown'), count(*)
FROM described CROSS JOIN LATERAL
     (VALUES ('region', region), ('sex', sex), ('tenure', tenure)) AS d (dimension, value)
GROUP BY code, dimension, coalesce(value, 'unknown')
ORDER BY code, dimension, count(*) DESC, coalesce(value, 'unknown')
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Members of one region, sex or tenure; `unknown` where the facts do not say."""

    value: str
    members: int


def _nobody() -> dict[str, list[Group]]:
    return {"region": [], "sex": [], "tenure": []}


@dataclass(frozen=True, slots=True)
class RuleCount:
    """A rule and whom it turned away."""

    code: str
    rule: str
    norm: str
    cure_es: str
    cure_en: str
    applications: int
    members: int
    admitted_by_cure: int
    """Applications that no other rule turns away: this cure alone would admit them."""
    by: dict[str, list[Group]] = field(default_factory=_nobody)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The applications of a call, and the rules that turned some away, the widest first."""

    call_id: str
    assessed: int
    turned_away: int
    rules: list[RuleCount]


async def of_call(session: AsyncSession, call_id: str) -> Funnel:
    """The funnel of a call; all zero when none of its applications was assessed."""

    async def rows(sql: str) -> list[Any]:
        connection = await session.connection()
        return list(await connection.execute(text(_NEWEST + sql), {"call_id": call_id}))

    [(assessed, turned_away)] = await rows(_TOTALS)
    rules = [RuleCount(*row) for row in await rows(_RULES)]
    known = {rule.code: rule for rule in rules}
    for code, dimension, value, members in await rows(_GROUPS):
        known[code].by[dimension].append(Group(value, members))
    return Funnel(call_id, assessed, turned_away, rules)
