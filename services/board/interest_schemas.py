"""Bodies of declared interests, and of the ties to a ballot's parties that come of them."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.board.interests import Tie
from services.board.models import Interest
from services.board.recusal_schemas import Ground
from services.board.schemas import Instant, not_blank
from services.kernel.schemas import Body, Day, Line, example, identifier
from services.kernel.values import is_ruc

InterestId = Annotated[str, identifier("int")]
Number = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{8}([0-9]{3})?$"), Field(examples=["20100070970"])
]
BoardDay = Annotated[Day, Field(ge=date(1900, 1, 1), le=date(2100, 12, 31))]


class InterestIn(Body):
    """A person (DNI) or firm (RUC), how the caller is tied to it, which of the six grounds of LPAG
    article 99 that would be, and since when until when."""

    model_config = example(
        {
            "kind": "ruc",
            "value": "20100070970",
            "name": "Agroexportadora Valle Verde S.A.C.",
            "relation": "Fui gerente comercial",
            "ground": 5,
            "valid_from": "2024-01-01",
            "valid_to": "2026-03-31",
        }
    )

    kind: Literal["ruc", "dni"]
    value: Number
    name: Line
    relation: Annotated[Line, AfterValidator(not_blank)]
    ground: Ground
    valid_from: BoardDay
    valid_to: BoardDay | None = None

    @model_validator(mode="after")
    def _is_a_number_of_its_kind(self) -> Self:
        if (len(self.value) == 8) is not (self.kind == "dni"):
            raise ValueError("a DNI has eight digits and a RUC eleven")
        if self.kind == "ruc" and not is_ruc(self.value):
            raise ValueError("the RUC's check digit is wrong")
        return self


class InterestEndIn(Body):
    """The last day of the interest."""

    model_config = example({"valid_to": "2026-03-31"})

    valid_to: BoardDay


class InterestOut(Body):
    """A declared interest."""

    id: InterestId
    holder_sub: Annotated[str, Field(examples=["mef-1"])]
    kind: Literal["ruc", "dni"]
    value: str
    name: str
    relation: str
    ground: int
    valid_from: date
    valid_to: date | None
    declared_at: Instant

    @classmethod
    def of(cls, row: Interest) -> Self:
        """The body of a row."""
        return cls.model_validate(row.model_dump(include=set(cls.model_fields)))


class TieOut(Body):
    """An interest of the reader that meets a party of the dossier."""

    interest_id: InterestId
    ground: int
    relation: str
    party_role: Annotated[str, Field(examples=["supplier"])]
    party_name: str
    text_es: Annotated[str, Field(examples=["Fui gerente: Riegos del Sur S.A.C. (proveedor)."])]

    @classmethod
    def of(cls, tie: Tie) -> Self:
        """The tie's body."""
        return cls(
            interest_id=tie.interest.id,
            ground=tie.interest.ground,
            relation=tie.interest.relation,
            party_role=tie.party["role"],
            party_name=tie.party["name"],
            text_es=tie.text_es,
        )
