"""A season of applications: honest consortia, with what honest neighbours share by nature, and a
ring of paper consortia behind which stands one hand. Seeded: the same seed gives the same season.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from services.kernel.ids import new_id
from tests.factories.eligibility import application, call, member, registry_facts

OPENS_ON: Final = date(2026, 2, 1)
CROPS: Final = (
    "palta", "café", "cacao", "quinua", "arándano", "mango", "espárrago", "banano", "kiwicha",
    "papa nativa", "maca", "granadilla", "aguaymanto", "jengibre", "tara", "vid",
)  # fmt: skip
PLACES: Final = (
    "Huanta", "Satipo", "Jaén", "Chulucanas", "Andahuaylas", "Virú", "Tocache", "Olmos", "Caraz",
    "Cutervo", "La Mar", "Tambogrande", "Pichanaki", "Chanchamayo", "Calca", "Ica", "Moquegua",
    "Rioja", "Lamas", "Bagua", "Oxapampa", "Jauja", "Acobamba", "Lircay", "Puquio", "Nasca",
)  # fmt: skip
WORDS: Final = (
    "canal", "reservorio", "ladera", "quebrada", "vivero", "plantones", "injerto", "poda",
    "abono", "compost", "guano", "almacén", "balanza", "jabas", "cosecha", "postcosecha", "secado",
    "tostado", "certificación", "orgánica", "comercio", "puerto", "contenedor", "frío", "camión",
    "comunidad", "asamblea", "mujeres", "jóvenes", "capacitación", "escuela", "suelo", "análisis",
    "laboratorio", "plaga", "broca", "roya", "trampas", "riego", "goteo", "aspersión", "bomba",
    "panel", "solar", "geomembrana", "manguera", "hectáreas", "rendimiento", "contrato", "precio",
    "prima", "calidad", "calibre", "exportación", "cliente", "feria", "marca", "empaque",
    "etiqueta", "drone", "mapa", "cerco", "terrazas", "andenes", "forestal", "sombra", "abejas",
)  # fmt: skip


@dataclass
class Season:
    """Applications of one call with the registry's facts of their consortia."""

    call: dict[str, Any]
    applications: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    ring: set[str] = field(default_factory=set)
    """The consortia on paper."""

    def neighbour_bodies(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the neighbours say, by room and path."""
        bodies: dict[tuple[str, str], dict[str, Any]] = {
            ("applications", f"/v1/calls/{self.call['id']}"): self.call
        }
        for body in self.applications:
            consortium_id = body["consortium_id"]
            bodies["applications", f"/v1/applications/{body['id']}"] = body
            bodies["registry", f"/v1/consortia/{consortium_id}/facts"] = self.facts[consortium_id]
        return bodies


class Maker:
    """Makes the consortia of a season."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._next = 0

    def number(self) -> int:
        """A number that nothing else has."""
        self._next += 1
        return self._next

    def person(self) -> dict[str, str]:
        return {"dni": f"{41000000 + self.number()}", "full_name": f"Persona Uno {self._next}"}

    def firm(self, formed_on: date) -> dict[str, Any]:
        number = self.number()
        ruc = f"2060{number:07d}"
        return {"ruc": ruc, "name": f"Insumos {number} SAC", "formed_on": formed_on.isoformat()}

    def day(self, start: date, days: int) -> date:
        return start + timedelta(days=self.chance.randrange(days))

    def text(self, words: int) -> str:
        return " ".join(self.chance.choice(WORDS) for _ in range(words))

    def plan(self, model: dict[str, Any]) -> dict[str, Any]:
        """A plan of its own on the model's amounts; some phrases are everybody's."""
        crop, place = self.chance.choice(CROPS), self.chance.choice(PLACES)
        lines = [
            {**line, "description": f"{line['description']} para {crop}: {self.text(8)}"}
            for line in model["budget_lines"]
        ]
        return {
            **model,
            "title": f"Mejora de la cadena productiva de {crop} en {place}",
            "summary": "El consorcio de pequeños productores mejora su producción y su venta a la"
            f" empresa tractora. {self.text(60)}.",
            "budget_lines": lines,
        }

    def profile(self) -> dict[str, Any]:
        """What an honest consortium declares: its own, with years of sales as a rule."""
        number = self.number()
        formed_on = self.day(date(2015, 1, 1), 4000)
        return {
            "formed_on": formed_on.isoformat(),
            "phone": f"+51 9{number:08d}",
            "email": f"consorcio{number}@correo.example",
            "address": f"Jr. {self.chance.choice(PLACES)} N.° {number}",
            "adviser": {"name": f"Asesora {number}", "ruc": None},
            "notary": f"Notaría {self.chance.randrange(80)}",
            "directors": [self.person() for _ in range(3)],
            "suppliers": [self.firm(self.day(date(2005, 1, 1), 5000)) for _ in range(2)],
            "sales_before": [{"year": 2025, "amount": {"amount": "90000.00", "currency": "PEN"}}],
        }

    def add(self, season: Season, profile: dict[str, Any], plan: dict[str, Any] | None) -> str:
        """An application of a new consortium of twelve producers; gives the consortium's id."""
        body = application(call_id=season.call["id"])
        body["plan"] = plan or self.plan(body["plan"])
        facts = registry_facts(body["consortium_id"], members=0)
        facts["consortium"]["cci"] = self.account()
        facts["members"] = [
            member(1, dni=f"{self.number() + 42000000}", cci=self.account()) for _ in range(12)
        ]
        facts["profile"] = profile
        season.applications.append(body)
        season.facts[body["consortium_id"]] = facts
        consortium_id: str = body["consortium_id"]
        return consortium_id

    def account(self) -> str:
        return f"00219300{self.number():012d}"


def season(seed: int, *, honest: int = 500, ring: int = 12) -> Season:
    """A season in which the ring's applications lie among the honest ones, in an order by chance.

    Honest consortia share by nature: towns' advisers and suppliers, a municipality's address, a
    day of a fair on which many were formed, rarely a person's telephone; some are young.
    """
    make = Maker(seed)
    made = Season(call(new_id("cal"), opens_on=OPENS_ON.isoformat()))
    advisers = [{"name": f"Asesoría Rural {n}", "ruc": f"2055{n:07d}"} for n in range(15)]
    suppliers = [make.firm(date(2008, 5, 1)) for _ in range(15)]
    town_halls = [f"Municipalidad distrital de {place}, plaza de armas" for place in PLACES[:8]]
    phones = [f"+51 98{n:07d}" for n in range(2)]
    for number in range(honest):
        profile = make.profile()
        if make.chance.random() < 0.4:
            profile["adviser"] = make.chance.choice(advisers)
        if make.chance.random() < 0.5:
            profile["suppliers"][0] = make.chance.choice(suppliers)
        if make.chance.random() < 0.1:
            profile["address"] = make.chance.choice(town_halls)
        if make.chance.random() < 0.05:
            profile["formed_on"] = "2024-06-24"  # the Day of the Peasant, at a fair
        if make.chance.random() < 0.08:
            profile |= {"formed_on": make.day(date(2025, 9, 1), 150).isoformat()}
            profile |= {"sales_before": []}
        if number < 4:
            profile["phone"] = phones[number % 2]
        make.add(made, profile, None)
    _plant(make, made, ring)
    make.chance.shuffle(made.applications)
    return made


def _plant(make: Maker, made: Season, ring: int) -> None:
    """One hand behind all: each paper consortium reuses some of its telephones, accounts,
    directors, suppliers and its plan, in its own selection and spelling."""
    people = [make.person() for _ in range(5)]
    phones = ["+51 955 123 456", "0051-955-987-654", "955 111 222"]
    accounts = [make.account() for _ in range(3)]
    suppliers = [make.firm(OPENS_ON + timedelta(days=9)), make.firm(date(2025, 12, 20))]
    adviser = {"name": "Gestiones Andinas", "ruc": "20609999991"}
    model = make.plan(application()["plan"])
    for number in range(ring):
        profile = make.profile()
        # who shares what is dealt in turn, so that each has at least three of the ring's values
        profile["directors"] = [make.person(), people[number % 5]]
        profile["suppliers"] = [make.chance.choice(suppliers), make.firm(date(2012, 1, 1))]
        profile["adviser"] = adviser
        profile["formed_on"] = make.day(date(2025, 12, 1), 25).isoformat()
        profile["sales_before"] = []
        if number % 3 != 1:
            profile["phone"] = phones[number % 3].replace(" ", "-" if number % 2 else " ")
        plan = make.plan(model) if number % 3 == 0 else _reused(make, model)
        consortium_id = make.add(made, profile, plan)
        if number % 2:
            made.facts[consortium_id]["members"][0]["cci"] = accounts[number % 3]
        made.ring.add(consortium_id)


def _reused(make: Maker, model: dict[str, Any]) -> dict[str, Any]:
    """The same plan for another place, in capitals here and there, a few words changed."""
    words = model["summary"].split()
    for _ in range(2):
        words[make.chance.randrange(20, len(words))] = make.chance.choice(WORDS)
    summary = " ".join(word.upper() if make.chance.random() < 0.1 else word for word in words)
    title = f"Mejora de la cadena productiva en {make.chance.choice(PLACES)}"
    return {**model, "title": title, "summary": summary}
