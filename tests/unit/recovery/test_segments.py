"""The archive's files: named as PostgreSQL names them, whole or partial, gone on with where they
end."""

from pathlib import Path

import pytest

from deploy.recovery.archive import Segments
from deploy.recovery.replication import SEGMENT, position, segment_name, written


@pytest.mark.parametrize(
    ("timeline", "at", "name"),
    [
        (1, "0/1000000", "000000010000000000000001"),
        (1, "0/1FFFFFF", "000000010000000000000001"),
        (2, "16/B374D848", "0000000200000016000000B3"),
        (1, "1/0", "000000010000000100000000"),
    ],
)
def test_a_position_is_in_the_segment_that_postgresql_names(
    timeline: int, at: str, name: str
) -> None:
    assert segment_name(timeline, position(at)) == name
    assert written(position(at)) == at


def test_a_full_segment_gets_its_name_and_the_next_one_is_partial(tmp_path: Path) -> None:
    segments = Segments(tmp_path, timeline=1)
    segments.write(SEGMENT, b"a" * (SEGMENT - 3))
    segments.write(2 * SEGMENT - 3, b"bbbccc")
    segments.sync()
    first, second = sorted(path.name for path in tmp_path.iterdir())
    assert first == "000000010000000000000001"
    assert second == "000000010000000000000002.partial"
    assert (tmp_path / first).read_bytes()[-4:] == b"abbb"
    content = (tmp_path / second).read_bytes()
    assert content[:4] == b"ccc\0"
    assert len(content) == SEGMENT


def test_it_goes_on_at_the_start_of_the_partial_segment(tmp_path: Path) -> None:
    assert Segments(tmp_path, timeline=1).beginning() is None
    Segments(tmp_path, timeline=1).write(5 * SEGMENT, b"x" * (SEGMENT + 1))
    assert Segments(tmp_path, timeline=1).beginning() == 6 * SEGMENT
    (tmp_path / "000000010000000000000006.partial").unlink()
    assert Segments(tmp_path, timeline=1).beginning() == 6 * SEGMENT


def test_another_timeline_has_files_of_its_own(tmp_path: Path) -> None:
    Segments(tmp_path, timeline=1).write(0, b"x")
    assert Segments(tmp_path, timeline=2).beginning() is None
