"""The version of a thing as its ETag, and as the If-Match that a writer sends back."""

import re
from typing import Final

ETAG: Final = re.compile(r'"([0-9]{1,18})"')


def etag(version: int) -> dict[str, str]:
    """The header that tells which version was read."""
    return {"ETag": f'"{version}"'}


def version_of(if_match: str) -> int | None:
    """The version that an If-Match names; None when it is no ETag of ours."""
    found = ETAG.fullmatch(if_match)
    return None if found is None else int(found[1])
