"""One way to write an ISO 20022 document."""

from typing import Any

from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig


def render(document: Any, namespace: str) -> bytes:
    serializer = XmlSerializer(config=SerializerConfig(indent="  ", encoding="UTF-8"))
    return str(serializer.render(document, ns_map={None: namespace})).encode()
