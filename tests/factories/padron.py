"""Files of the padrón for tests and measures, the same for the same seed."""

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

PRODUCER: Final = {
    "dni": "40123456",
    "full_name": "Rosa Quispe Huamán",
    "sex": "F",
    "born_on": "1984-05-17",
    "alive": "true",
    "cci": "00219300123456789013",
    "ppa_from": "2025-03-01",
    "ppa_to": "",
}
PARCEL: Final = {
    "dni": "40123456",
    "code": "P-0001",
    "area_ha": "1.8000",
    "crop": "palta",
    "tenure": "propietaria",
    "ubigeo_scheme": "INEI",
    "ubigeo_code": "120301",
}
_NAMES: Final = ("Rosa", "Julián", "Sabina", "Wilfredo", "Máxima", "Eulogio", "Nélida", "Teófilo")
_SURNAMES: Final = ("Quispe", "Huamán", "Mamani", "Flores", "Ccori", "Ñaupari", "Rojas", "Yupanqui")


def write_csv(path: Path, rows: Iterable[dict[str, str]], columns: Sequence[str]) -> Path:
    """Write these rows under this header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_many(path: Path, count: int, *, seed: int = 20261124) -> Path:
    """Write so many producers, none twice, in no order, one in eight outside the PPA."""
    chance = random.Random(seed)
    step = 99_999_989 // count  # of 10^8 DNIs, so that none comes twice
    numbers: list[Any] = list(range(count))
    chance.shuffle(numbers)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(PRODUCER) + "\n")
        for number in numbers:
            bits = chance.getrandbits(30)
            name = f"{_NAMES[bits & 7]} {_SURNAMES[bits >> 3 & 7]} {_SURNAMES[bits >> 6 & 7]}"
            born = f"{1940 + bits % 60}-{1 + bits % 12:02}-{1 + bits % 28:02}"
            since = "" if bits % 8 == 0 else f"{2015 + bits % 10}-{1 + bits % 12:02}-01"
            until = f"2027-{1 + bits % 12:02}-01" if since and bits % 3 == 0 else ""
            file.write(
                f"{number * step:08},{name},{'FM'[bits & 1]},{born},true,"
                f"002{bits:017},{since},{until}\n"
            )
    return path
