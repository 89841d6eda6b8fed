"""What the policy is told of likenesses to other consortia, and how it weighs them.

The room finds values shared with other consortia; the policy gives each a weight; people decide.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kernel.schemas import Money

Level = Literal["clear", "review", "reject"]
Kind = Literal[
    "phone",
    "address",
    "email",
    "cci",
    "director",
    "supplier",
    "adviser",
    "adviser_day",
    "notary_day",
    "formed_day",
    "plan",
]

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Whole = Annotated[int, Field(strict=True, ge=0)]


class Reader(BaseModel):
    """What we read of the registry's profile; whatever else it says is not ours."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AdviserReader(Reader):
    """Who advised the consortium, a firm (RUC) or a person."""

    name: str
    ruc: str | None = None


class DirectorReader(Reader):
    """A director of the consortium."""

    dni: str
    full_name: str


class SupplierReader(Reader):
    """A supplier that the plan would buy from."""

    ruc: str
    name: str
    formed_on: date | None = None


class SalesReader(Reader):
    """What the members sold together in a year before the call."""

    year: int
    amount: Money


class ProfileReader(Reader):
    """The profile that a consortium declared in the registry."""

    formed_on: date | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    adviser: AdviserReader | None = None
    notary: str | None = None
    directors: list[DirectorReader] = []
    suppliers: list[SupplierReader] = []
    sales_before: list[SalesReader] = []


class Part(BaseModel):
    """A part of the policy's input: exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Supplier(Part):
    """A supplier that the plan would buy from, and since when it exists, if known."""

    ruc: Text
    name: Text
    formed_on: date | None


class Profile(Part):
    """What the consortium declared of itself; what only serves to find links stays outside."""

    formed_on: date | None
    sales_before_centimos: Whole
    suppliers: list[Supplier]


class Other(Part):
    """Another consortium, by the application in which it showed the same value."""

    consortium_id: Text
    application_id: Text


class Link(Part):
    """A value shared with other consortia: masked where it is a person's, with the first of those
    who share it and how many they are; similarity in whole per cent, for plans only."""

    kind: Kind
    shown: Text
    others: list[Other]
    count: Whole
    similarity_percent: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None


class Likeness(Part):
    """All that was known of likenesses when the question was asked."""

    profile: Profile | None
    links: list[Link]


class Review(BaseModel):
    """What the signals of a paper organisation come to: advice for people, never a refusal."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    level: Level = "clear"
    weight: Annotated[int, Field(strict=True, ge=0)] = 0
    signals: list[str] = []


def profile_of(read: ProfileReader | None) -> Profile | None:
    """The declared profile as the policy reads it; sales are summed."""
    if read is None:
        return None
    return Profile(
        formed_on=read.formed_on,
        sales_before_centimos=sum(sold.amount.centimos for sold in read.sales_before),
        suppliers=[
            Supplier(ruc=one.ruc, name=one.name, formed_on=one.formed_on) for one in read.suppliers
        ],
    )
