"""Personal data and secrets in what leaves for logs and traces, replaced by `[kind]`.

Two nets: fields known by name are masked whole, and every text is searched for what has a form:
DNI, RUC of persons, phones, e-mails, accounts, tokens, and the values that SQL, PostgreSQL and
Pydantic put into their messages. Identifiers of ours, RUC of companies, amounts with decimals,
instants, hashes and trace ids stay. In doubt a number of eight digits is taken for a DNI.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

NAMES: Final = (
    r"(?:full_|first_|last_|given_|family_|holder_|beneficiary_|member_|contact_|legal_rep_)names?"
    r"|nombres?|apellidos?|names?"
)
PERSONAL: Final = (
    rf"(?:{NAMES}|dni|documento?|document_number|\w*beneficiary_document|signer_document"
    r"|cci|\w*_cci|account|account_number|cuenta|iban|\w*phone|\w*telefono|mobile|celular|whatsapp"
    r"|\w*e?mail|correo|address|direccion|born_on|birth_?date|sex)"
)
SECRET: Final = (
    r"(?:authorization|proxy_authorization|\w*token|\w*secret|\w*password|passphrase|pwd|cookie"
    r"|set_cookie|api_?key|private_key|webhook_signature)"
)
_FIELD: Final = re.compile(rf"(?:{PERSONAL}|{SECRET})", re.IGNORECASE)
FREE_FIELDS: Final = frozenset(
    {
        *("trace_id", "span_id", "request_id", "timestamp", "level", "logger", "process"),
        *("event_id", "frames"),
    }
)
"""Fields of our own making that hold no person, whatever their digits; the frames of a traceback
name functions."""

_VALUE: Final = (
    r"""(?!\[(?:personal|secret|token)\])"""
    r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&)}\]]+)"""
)
_LEFT, _RIGHT = r"(?<![\w.\-/])", r"(?![\w\-]|\.\d)"
_PATTERNS: Final = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "[token]"),
    (re.compile(r"\b(Bearer|Basic)\s+(?!\[)[\w.~+/=-]+", re.IGNORECASE), r"\1 [token]"),
    (re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@"), r"\1:[secret]@"),
    (re.compile(r"\[parameters: .*?\](?=\n|$|\s*\()", re.DOTALL), "[parameters: [personal]]"),
    (re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= (?:already|is|conflicts)|$)"), r"\1([personal])"),
    (re.compile(r"(row contains) \(.*\)"), r"\1 ([personal])"),
    (re.compile(r"input_value=.*?(?=, input_type)", re.DOTALL), "input_value=[personal]"),
    (
        re.compile(rf"""(?<![\w])(['"]?)({PERSONAL})\1(\s*[:=]\s*){_VALUE}""", re.IGNORECASE),
        r"\1\2\1\3[personal]",
    ),
    (
        re.compile(
            rf"""(?<![\w])(['"]?)({SECRET})\1(\s*[:=]\s*)(?!['"]?(?:Bearer|Basic) \[){_VALUE}""",
            re.IGNORECASE,
        ),
        r"\1\2\1\3[secret]",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[email]"),
    (re.compile(rf"{_LEFT}\d{{3}}-\d{{3}}-\d{{12}}-\d{{2}}{_RIGHT}"), "[account]"),
    (re.compile(rf"{_LEFT}\d{{13,20}}{_RIGHT}"), "[account]"),
    (re.compile(rf"{_LEFT}\d{{3}}-\d{{7,8}}-\d-\d{{2}}{_RIGHT}"), "[account]"),
    (re.compile(rf"{_LEFT}1[0567]\d{{9}}{_RIGHT}"), "[ruc]"),
    (re.compile(rf"(?<![\w+])\+\d{{1,3}}[ -]?(?:\d[ -]?){{7,11}}\d{_RIGHT}"), "[phone]"),
    (re.compile(rf"{_LEFT}(?:51[ -]?)?9\d{{2}}[ -]?\d{{3}}[ -]?\d{{3}}{_RIGHT}"), "[phone]"),
    (re.compile(r"\(0?\d{1,2}\)[ -]?\d{3}[ -]?\d{3,4}\b"), "[phone]"),
    (re.compile(rf"{_LEFT}\d{{8}}(?:-[0-9A-K])?{_RIGHT}"), "[dni]"),
)
_SUSPECT: Final = re.compile(
    r"\d[ -]?\d{3}[ -]?\d{3}|\(0?\d{1,2}\)|@|eyJ|bearer|basic "
    r"|parameters:|Key \(|row contains|input_value"
    rf"|\b(?:{PERSONAL}|{SECRET})['\"]?\s*[:=]",
    re.IGNORECASE,
)
"""What a text must have for any of the patterns to match: most have none of it."""


def masked_text(text: str) -> str:
    """The text without what is known by its form."""
    if _SUSPECT.search(text):
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
    return text


def masked(value: Any, name: str = "") -> Any:
    """The value of a field without personal data, at every depth; numbers and flags stay unless
    the field's name says that they are personal."""
    if value is None or isinstance(value, bool):
        return value
    if name and _FIELD.fullmatch(name.replace("-", "_")):
        return "[secret]" if re.fullmatch(SECRET, name.replace("-", "_"), re.I) else "[personal]"
    if name in FREE_FIELDS:
        return value
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item) for item in value]
    return masked_text(str(value))
