"""Tallies: counts and sums that PostgreSQL keeps beside the rows, in the writer's own transaction.

Counting millions of rows at each scrape is too slow, and one counter row would make all writers
wait for one another. So a trigger appends what a statement changed, as rows of its own; nobody
waits and nobody can deadlock, a rollback takes them back, and `fold_tally` sums them up from time
to time. A tally is the sum of its rows, folded or not.
"""

from collections.abc import Mapping

from alembic import op

_TABLE = """
CREATE TABLE tally (name text NOT NULL, labels text[] NOT NULL, amount bigint NOT NULL);
GRANT SELECT ON tally TO fund_app;

-- Sums up what has been appended, a bounded number of rows a time; one at a time.
CREATE FUNCTION fold_tally() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
DECLARE
    held bigint;
    kept bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7240641) THEN
        RETURN 0;
    END IF;
    SELECT count(*), count(DISTINCT (name, labels)) INTO held, kept FROM public.tally;
    IF held < 2 * kept + 500 THEN
        RETURN 0;
    END IF;
    WITH gone AS (
        DELETE FROM public.tally
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM public.tally LIMIT 200000))
        RETURNING name, labels, amount
    )
    INSERT INTO public.tally SELECT name, labels, sum(amount) FROM gone GROUP BY name, labels;
    RETURN held - kept;
END $$;
REVOKE EXECUTE ON FUNCTION fold_tally() FROM public;
GRANT EXECUTE ON FUNCTION fold_tally() TO fund_app;
"""

_FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO public.tally SELECT name, labels, sum(amount)
        FROM ({changes}) AS change (name, labels, amount)
        GROUP BY name, labels HAVING sum(amount) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {seen}
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""

_SINCE = """
CREATE FUNCTION note_state_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state_since := now();
    RETURN NEW;
END $$;
"""

Sources = Mapping[str, str]


def create_tally_table() -> None:
    """Create the room's tallies, empty, and what keeps `state_since`."""
    op.execute(_TABLE)
    op.execute(_SINCE)


def tally(table: str, sources: Sources, *, moves: Sources | None = None) -> None:
    """Keep tallies of a table from now on, and count what it has.

    A source is a SELECT of labels (text[]) and an amount from `{rows}`: what it gives of a row is
    added with the row and taken back with it. A move is a SELECT of the same from `removed` and
    `added`, the rows before and after an UPDATE: what it gives is only ever added.
    """
    plus = [_named(name, source, "added", "") for name, source in sources.items()]
    minus = [_named(name, source, "removed", "-") for name, source in sources.items()]
    passed = [_named(name, source, "added", "") for name, source in (moves or {}).items()]
    _trigger(table, "INSERT", "NEW TABLE AS added", plus)
    seen = "OLD TABLE AS removed NEW TABLE AS added"
    _trigger(table, "UPDATE", seen, [*plus, *minus, *passed])
    _trigger(table, "DELETE", "OLD TABLE AS removed", minus)
    _count(table, sources)


def tally_of_appended(table: str, sources: Sources) -> None:
    """`tally` of a table that refuses UPDATE and DELETE."""
    plus = [_named(name, source, "added", "") for name, source in sources.items()]
    _trigger(table, "INSERT", "NEW TABLE AS added", plus)
    _count(table, sources)


def state_since(table: str) -> None:
    """Keep in the column `state_since` when a row came into its state, whoever changes it."""
    op.execute(
        f"CREATE TRIGGER {table}_state_since BEFORE UPDATE OF state ON {table} FOR EACH ROW"
        " WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_state_since();"
    )


def _named(name: str, source: str, rows: str, sign: str) -> str:
    return (
        f"SELECT '{name}', labels, {sign}amount"
        f" FROM ({source.format(rows=rows)}) AS one (labels, amount)"
    )


def _trigger(table: str, event: str, seen: str, changes: list[str]) -> None:
    name = f"{table}_tally_{event.lower()}"
    union = " UNION ALL ".join(changes)
    op.execute(_FUNCTION.format(name=name, table=table, event=event, seen=seen, changes=union))


def _count(table: str, sources: Sources) -> None:
    """The triggers' creation holds back writers, so nothing comes between count and trigger."""
    for name, source in sources.items():
        named = _named(name, source, table, "")
        op.execute(
            f"INSERT INTO tally SELECT name, labels, sum(amount) FROM ({named})"
            " AS now (name, labels, amount) GROUP BY name, labels"
        )
