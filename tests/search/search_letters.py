"""Letters made by hand for the tests of searching, in all six languages, and a generator of many simple ones."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from itudocs.model import Circular, Citation, Contact, Deadline, Event, Provenance, Signatory, Zone
from itudocs.search.engine import Entry


def entry(key: str, text: str, **fields: Any) -> Entry:
    """A letter with the given text and values."""
    source = Provenance(name=f"{key}.txt", sha256=key)
    return Entry(record=Circular(key=key, source=source, **fields), text=text)


NUMBERING = """\
TSB Circular 221
Geneva, 9 July 2003

Dear Sir/Madam,

1 The informal consultation on the numbering plan of the ITU‑T takes place before the summit. Studies of telecommunication
tariffs under ITU‑R 1–7 and Recommendation M.1036‑5 continue. Numbered copies can be had.

2 Please reply to the secretariat.
"""
WSIS = """\
General Secretariat
Letter DM-05/1171

The WSIS summits in Geneva and Tunis. See TSB Circular 221, CR/387 and Resolution 647 (Rev.WRC-23). The consultation of \
members before each summit remains informal.
"""
SPECTRUM = """\
Circular LetterCR/387-E

Accounting rates and spectrum. This draft replaces CR 380. A workshop on accounting follows, see 4/LCCE/71.
"""
FRENCH = (
    "Numérotation des réunions de l’Union. Les études de la Commission portent sur l’économie des télécommunications."
)
SPANISH = "Las reuniones de la Comisión de Estudio y la numeración. Número de telecomunicaciones."
RUSSIAN = "Циркуляр БСЭ. Собрания исследовательской комиссии. Ёлка и май."
ARABIC = "الاتِّحَاد الدولي للاتصالات. اجتماع لجنة الدراسات في جنيف، ٢٠٠٤."
CHINESE = "第63号通函。国际电信联盟关于世界电信发展会议的通函。会议将在日内瓦召开。"

LETTERS: tuple[Entry, ...] = (
    entry(
        "a", NUMBERING, id="tsb-circular/2001-2004/221", ids=("tsb-circular/2001-2004/221",), language="en", bureau="TSB",
        series="tsb-circular", ref="TSB Circular 221", refs=("TSB Circular 221",), date=dt.date(2003, 7, 9),
        subject="Numbering plan: informal consultation", addressees=("Administrations of Member States", "ITU Academia"),
        addressee_groups=("member-states", "academia"), contact=Contact(emails=("tsbsg2@itu.int",)),
        signatory=Signatory(name="Houlin Zhao", titles=("Director of the TSB",)),
        events=(Event(name="Informal consultation", place="Geneva", start=dt.date(2004, 7, 12), end=dt.date(2004, 7, 15)),),
        deadlines=(Deadline(date=dt.date(2004, 5, 12)),), zones=(Zone(kind="body", start=57, end=len(NUMBERING)),),
        urls=("http://www.itu.int/ITU-T/numbering",),
    ),
    entry(
        "b", WSIS, id="dm/2005/1171", ids=("dm/2005/1171",), language="en", bureau="SG", series="dm", ref="DM-05/1171",
        refs=("DM-05/1171",), date=dt.date(2005, 11, 2), subject="World Summit on the Information Society",
        addressee_groups=("member-states",),
        events=(
            Event(name="WSIS", place="Geneva", start=dt.date(2003, 12, 10), end=dt.date(2003, 12, 12)),
            Event(name="WSIS", place="Tunis", start=dt.date(2005, 11, 16), end=dt.date(2005, 11, 18)),
        ),
        citations=(
            Citation(text="TSB Circular 221", kind="circular", id="tsb-circular/2001-2004/221"),
            Citation(text="CR/387", kind="circular", id="cr/387"),
            Citation(text="Resolution 647 (Rev.WRC-23)", kind="resolution"),
        ),
    ),
    entry(
        "c", SPECTRUM, id="cr/387", ids=("cr/387",), language="en", bureau="BR", series="cr", ref="CR/387", refs=("CR/387",),
        date=dt.date(2015, 12, 17), subject="Tariff of workshops",
    ),
    entry("d", FRENCH, language="fr", bureau="TSB", series="tsb-circular", date=dt.date(2004, 2, 1), subject="Réunions"),
    entry("e", SPANISH, language="es", bureau="TSB", series="tsb-circular", date=dt.date(2004, 2, 1)),
    entry("f", RUSSIAN, language="ru", bureau="TSB", ref="Циркуляр 9 БСЭ", refs=("Циркуляр 9 БСЭ",)),
    entry("g", ARABIC, language="ar", bureau="SG"),
    entry("h", CHINESE, language="zh", bureau="SG", ref="第63号通函", refs=("第63号通函",)),
)  # fmt: skip

WORDS = ("amber", "birch", "cedar", "delta", "ebony", "fjord", "grove", "heron", "inlet", "juniper", "kelp", "lichen")
"""Words with stems of their own, none of which is another word: each matches itself alone."""


def many(count: int, *, seed: int = 1) -> list[Entry]:
    """Letters of a few dozen words out of `WORDS`, with values for all facets."""
    rnd = random.Random(seed)
    letters = []
    for number in range(count):
        day = dt.date(2000, 1, 1) + dt.timedelta(days=rnd.randrange(2000))
        words = [WORDS[min(int(rnd.expovariate(0.4)), len(WORDS) - 1)] for _ in range(rnd.randint(4, 30))]
        events = tuple(
            Event(
                place=rnd.choice(["Geneva", "Tunis", "Seoul"]), start=start, end=start + dt.timedelta(rnd.randrange(9))
            )
            for start in (day + dt.timedelta(rnd.randrange(400)) for _ in range(rnd.randrange(3)))
        )
        letters.append(
            entry(
                f"{rnd.getrandbits(64):016x}", " ".join(words), language="en",
                bureau=rnd.choice(["TSB", "BR", None]), series=rnd.choice(["cr", "tsb-circular", "dm"]),
                ref=f"CR/{number}" if number % 3 else None, refs=(f"CR/{number}",) if number % 3 else (),
                date=day if number % 7 else None, subject=" ".join(rnd.sample(WORDS, 2)) if number % 2 else None,
                addressee_groups=tuple(rnd.sample(["academia", "associates", "member-states"], rnd.randrange(4))),
                events=events,
            )
        )  # fmt: skip
    return letters
