"""How fast letters are parsed: letters a second, where the time goes, how it grows, and against the naive composition.

    python -m benchmarks.parse                                   # tables on stdout
    python -m benchmarks.parse --output docs/parse-benchmark.md  # and in the documentation

The set is fixed: the letters of `corpus/open`, in their languages, each brought to 3,000 characters by body paragraphs of
its language before its closing formula. Times are processor time of this process, the best of several rounds, so that
other work on the machine counts little; only the comparison of one worker with two is by the clock.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import platform
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from pathlib import Path
from random import Random
from typing import Any

from itudocs import assemble
from itudocs.extract import letter as letters
from itudocs.fields import FIELDS
from itudocs.parse import parse_many
from itudocs.reading import Source, read

CORPUS = Path(__file__).parent.parent / "corpus" / "open"
SIZE = 3000
GROWTH = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)

# --- the set --------------------------------------------------------------------------------------------------------

PARAGRAPHS = {
    "en": (
        "{n} In order to enable the necessary arrangements to be made, I should be grateful if you would inform this Bureau, not later than {d} May {y}, of the names of your representatives. Registration of delegates will be carried out online only, at https://www.itu.int/go/reg{k}.",
        "{n} The draft agenda of the meeting, as prepared in agreement with the Chairman of Study Group {k}, is set out in Document {k}/ADM/{d}. Contributions are invited on the work items listed in Resolution {k} (Rev. Geneva, {y}) and in Recommendation ITU-T E.16{k}.",
        "{n} Following the request made to the membership in Circular {d} of {d} March {y}, {k} administrations replied that they agreed to the proposed text. The comments received were taken into account by the editors and will be discussed at the next session of the Council.",
        "{n} Participants are reminded that some countries require a visa, which should be requested from the office representing Switzerland at least four weeks before the opening. The list of hotels that offer preferential rates can be found on the website together with practical information.",
    ),
    "fr": (
        "{n} Afin de permettre au Bureau de prendre les dispositions nécessaires, je vous saurais gré de bien vouloir lui communiquer, au plus tard le {d} mai {y}, le nom de vos représentants. L'inscription des délégués se fera uniquement en ligne à l'adresse https://www.itu.int/go/reg{k}.",
        "{n} Le projet d'ordre du jour, établi en accord avec le Président de la Commission d'études {k}, figure dans le Document {k}/ADM/{d}. Des contributions sont attendues au titre de la Résolution {k} (Rév. Genève, {y}) et de la Recommandation UIT-T E.16{k}.",
        "{n} Suite à la demande formulée dans la Circulaire {d} du {d} mars {y}, {k} administrations ont répondu qu'elles approuvaient le texte proposé. Les observations reçues ont été prises en considération par les éditeurs et seront examinées à la prochaine session du Conseil.",
    ),
    "es": (
        "{n} Para que la Oficina pueda tomar las disposiciones necesarias, le agradecería que nos comunicase, a más tardar el {d} de mayo de {y}, los nombres de sus representantes. La inscripción de los delegados se efectuará únicamente en línea en https://www.itu.int/go/reg{k}.",
        "{n} El proyecto de orden del día, preparado de acuerdo con el Presidente de la Comisión de Estudio {k}, figura en el Documento {k}/ADM/{d}. Se invita a presentar contribuciones sobre la Resolución {k} (Rev. Ginebra, {y}) y la Recomendación UIT-T E.16{k}.",
        "{n} Tras la petición formulada en la Circular {d} de {d} de marzo de {y}, {k} administraciones respondieron que aprobaban el texto propuesto. Los editores tuvieron en cuenta las observaciones recibidas, que se examinarán en la próxima reunión del Consejo.",
    ),
    "ru": (
        "{n} Для того чтобы Бюро могло принять необходимые меры, прошу Вас сообщить не позднее {d} мая {y} года имена ваших представителей. Регистрация делегатов будет осуществляться только в онлайновой форме по адресу https://www.itu.int/go/reg{k}.",
        "{n} Проект повестки дня собрания, подготовленный по согласованию с Председателем {k}-й Исследовательской комиссии, содержится в Документе {k}/ADM/{d}. Вклады принимаются по Резолюции {k} (Пересм. Женева, {y} г.) и Рекомендации МСЭ-Т E.16{k}.",
        "{n} В ответ на просьбу, изложенную в Циркуляре {d} от {d} марта {y} года, {k} администраций сообщили, что они согласны с предложенным текстом. Полученные замечания учтены редакторами и будут обсуждены на следующей сессии Совета.",
    ),
    "ar": (
        "{n} ولتمكين المكتب من اتخاذ الترتيبات اللازمة، أرجو إبلاغه بأسماء ممثليكم في موعد لا يتجاوز {d} مايو {y}. وسيجري تسجيل المندوبين إلكترونياً فقط على العنوان https://www.itu.int/go/reg{k}.",
        "{n} ويرد مشروع جدول أعمال الاجتماع الذي أُعد بالاتفاق مع رئيس لجنة الدراسات {k} في الوثيقة {k}/ADM/{d}. وتُدعى الأعضاء إلى تقديم مساهمات بشأن القرار {k} (المراجَع في جنيف، {y}) والتوصية ITU-T E.16{k}.",
    ),
    "zh": (
        "{n} 为便于做出必要的安排，请于{y}年5月{d}日之前将贵方代表的姓名通知本局。代表注册仅在网上进行，网址为https://www.itu.int/go/reg{k}。",
        "{n} 会议议程草案经与第{k}研究组主席商定，载于{k}/ADM/{d}号文件。请就第{k}号决议（{y}年，日内瓦，修订版）和ITU-T E.16{k}建议书提交文稿。",
        "{n} 根据{y}年3月{d}日第{d}号通函提出的要求，{k}个主管部门答复同意拟议案文。编辑已考虑到所收到的意见，并将在理事会下届会议上予以讨论。",
    ),
}  # fmt: skip

_CLOSING = re.compile(
    r"Yours (?:faithfully|sincerely|truly)|Veuillez agréer|Je vous prie d|Le saluda|Atentamente|Aprovecho|С уважением|وتفضلوا|顺致|此致"
)


def paragraphs(code: str, *, seed: int) -> Iterator[str]:
    """Body paragraphs of a language without end, each with numbers and dates of its own."""
    chance = Random(seed)
    forms = PARAGRAPHS[code]
    n = 0
    while True:
        n += 1
        yield forms[n % len(forms)].format(
            n=n, d=chance.randrange(1, 29), y=chance.randrange(1996, 2021), k=chance.randrange(2, 20)
        )


def padded(text: str, code: str, size: int, *, seed: int) -> str:
    """The letter with body paragraphs before its closing formula until it has `size` characters."""
    closings = [m.start() for m in _CLOSING.finditer(text)]
    at = closings[-1] if closings else len(text)
    parts: list[str] = []
    missing = size - len(text)
    for paragraph in paragraphs(code, seed=seed):
        if missing <= 0:
            break
        parts.append(paragraph[:missing] + "\n")
        missing -= len(parts[-1])
    lead = "" if not parts or text[:at].endswith("\n") else "\n"
    return text[:at] + lead + "".join(parts) + text[at:]


def fixed_set(size: int = SIZE) -> list[tuple[str, str]]:
    """Language and text of every letter of the set, always the same for the same corpus."""
    out = []
    for path in sorted(CORPUS.glob("*.txt")):
        code = path.name[:2]
        out.append((code, padded(path.read_text(encoding="utf-8"), code, size, seed=len(out))))
    return out


# --- measuring ------------------------------------------------------------------------------------------------------


def best_of(work: Callable[[], Any], rounds: int, *, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of the fastest round."""
    spent = []
    for _ in range(rounds):
        began = clock()
        work()
        spent.append(clock() - began)
    return min(spent)


def throughput(texts: Sequence[tuple[str, str]], rounds: int) -> tuple[float, dict[str, float]]:
    """Seconds a letter, over all and by language: reading, zoning, every field, the record."""
    by: dict[str, list[str]] = defaultdict(list)
    for code, text in texts:
        by[code].append(text)
    spent = {code: best_of(partial(parse_all, some), rounds) for code, some in by.items()}
    return sum(spent.values()) / len(texts), {code: s / len(by[code]) for code, s in spent.items()}


def parse_all(texts: Sequence[str]) -> None:
    for text in texts:
        assemble.circular(read(text))


class Stopwatch:
    """Time by stage; a stage that another runs inside of does not count the inner one's time."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed under that name."""

        @wraps(function)
        def wrapper(*arguments: Any, **more: Any) -> Any:
            self._inner.append(0.0)
            began = time.process_time()
            try:
                return function(*arguments, **more)
            finally:
                took = time.process_time() - began
                self.spent[name] += took - self._inner.pop()
                self._inner[-1] += took

        return wrapper


def profile(texts: Sequence[tuple[str, str]], rounds: int) -> dict[str, float]:
    """Seconds a letter by stage and field, each without those it asks for; the best of the rounds for each."""
    best: dict[str, float] = {}
    kept = (assemble.letters, assemble.copies, assemble.flow, assemble.zone, assemble.detect, assemble.circular)
    extractors = dict(letters._EXTRACTORS)
    try:
        for _ in range(rounds):
            watch = Stopwatch()
            timed_read = watch.timed("reading", read)
            assemble.copies = watch.timed("flow", kept[1])
            assemble.flow = watch.timed("flow", kept[2])
            assemble.zone = watch.timed("zoning", kept[3])
            assemble.detect = watch.timed("language", kept[4])
            for field in FIELDS:
                if field.extractor:
                    function = extractors.get(field.name) or letters.extractor(field.name)
                    letters._EXTRACTORS[field.name] = watch.timed(f"field {field.name}", function)
            whole = watch.timed("record", kept[5])
            for _, text in texts:
                whole(timed_read(text))
            for name, spent in watch.spent.items():
                best[name] = min(best.get(name, 1e9), spent / len(texts))
    finally:
        assemble.letters, assemble.copies, assemble.flow, assemble.zone, assemble.detect, assemble.circular = kept
        letters._EXTRACTORS.clear()
        letters._EXTRACTORS.update(extractors)
    return best


def grown(shape: str, size: int) -> str:
    """A text of that many characters: a letter with a long body, with long annexes, or many letters in one file."""
    head = (CORPUS / "en-001.txt") if (CORPUS / "en-001.txt").exists() else sorted(CORPUS.glob("en-*.txt"))[0]
    text = head.read_text(encoding="utf-8")
    if shape == "long body":
        return padded(text[: max(200, size)], "en", size, seed=1)[:size]
    if shape == "long annexes":
        parts = [text]
        length = len(text)
        n = 0
        for k, paragraph in enumerate(paragraphs("en", seed=2)):
            if length >= size:
                break
            if k % 12 == 0:
                n += 1
                paragraph = f"\nANNEX {n}\n\n{paragraph}"
            parts.append(paragraph)
            length += len(paragraph) + 1
        return "\n".join(parts)[:size]
    out: list[str] = []
    length = 0
    pages = fixed_set()
    while length < size:
        _, page = pages[len(out) % len(pages)]
        out.append(page)
        length += len(page) + 2
    return "\n\n".join(out)[:size]


SHAPES = ("long body", "long annexes", "many letters in one file")


def growth(rounds: int) -> dict[str, list[float]]:
    """Seconds for texts of each size, by shape."""
    out: dict[str, list[float]] = {}
    for shape in SHAPES:
        out[shape] = []
        for size in GROWTH:
            source = read(grown(shape, size))
            repeat = max(1, 30_000 // size)
            out[shape].append(best_of(partial(_again, source, repeat), rounds) / repeat)
    return out


def _again(source: Source, times: int) -> None:
    for _ in range(times):
        assemble.circular(source)


# --- the naive composition ------------------------------------------------------------------------------------------

_LABELS = {
    "ref": r"^[ \t]*(?:Ref|Réf|Ссылка|Осн|المرجع|文号)\.?[ \t]*:?[ \t]*(.+)$",
    "tel": r"(?:Tel|Tél|Teléfono|Тел|الهاتف|电话)\w*\.?[ \t]*:[ \t]*([+\d][\d +()/-]{6,30})",
    "fax": r"(?:Fax|Факс|الفاكس|传真)\.?[ \t]*:[ \t]*([+\d][\d +()/-]{6,30})",
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "url": r"https?://[^\s<>\"]+",
    "contact": r"^[ \t]*(?:Contact|Contacto|Для контактов|للاتصال|联系人)[ \t]*:?[ \t]*(.+)$",
    "subject": r"^[ \t]*(?:Subject|Objet|Asunto|Предмет|الموضوع|事由)[ \t]*:[ \t]*(.+)$",
    "to": r"^[ \t]*(?:To|-)[ \t]*:?[ \t]*(.+)$",
    "copies": r"^[ \t]*(?:Copy|Copies|cc)[ \t]*:[ \t]*(.+)$",
    "salutation": r"^[ \t]*((?:Dear|Madame|Monsieur|Estimad|Muy|Уважаем|尊敬).+)$",
    "citations": r"\b(?:Resolution|Recommendation|Circular|Document)\s+[\w./-]+",
}


class Naive:
    """What a programmer writes in an afternoon: a blank spaCy pipeline for tokens and sentences, dateparser's search over
    the text for the dates, a regular expression a label for the rest. All of it is loaded and compiled beforehand.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        import spacy
        from dateparser.search import search_dates

        self.search_dates = search_dates
        self.pipelines = {}
        for code in dict.fromkeys(codes):
            self.pipelines[code] = spacy.blank(code if code != "zh" else "xx")
            self.pipelines[code].add_pipe("sentencizer")
        self.labels = {name: re.compile(pattern, re.MULTILINE) for name, pattern in _LABELS.items()}

    def __call__(self, code: str, text: str, *, told: str = "nothing") -> dict[str, Any]:
        """`told` is what dateparser is told: `nothing`, `six languages`, `the language`, or `no dates` to leave it out."""
        doc = self.pipelines[code](text)
        found: dict[str, Any] = {name: pattern.findall(text) for name, pattern in self.labels.items()}
        if told != "no dates":
            languages = {"nothing": None, "six languages": list(PARAGRAPHS), "the language": [code]}[told]
            found["dates"] = self.search_dates(text, languages=languages) or []
        found["sentences"] = sum(1 for _ in doc.sents)
        return found


TOLD = ("nothing", "six languages", "the language", "no dates")


def naive(texts: Sequence[tuple[str, str]]) -> tuple[dict[str, float], float, int]:
    """Seconds a letter of the naive composition by what dateparser is told, ours, and how many letters."""
    subset = [one for code in PARAGRAPHS for one in [t for t in texts if t[0] == code][: 4 if code == "en" else 1]]
    compose = Naive([code for code, _ in subset])
    for told in TOLD:  # dateparser reads its languages on first use
        for code in PARAGRAPHS:
            compose(code, "1 May 1999", told=told)

    def composed(told: str) -> None:
        for code, text in subset:
            compose(code, text, told=told)

    spent = {told: best_of(partial(composed, told), 2) for told in TOLD}
    ours = best_of(lambda: parse_all([text for _, text in subset]), 5)
    return {told: s / len(subset) for told, s in spent.items()}, ours / len(subset), len(subset)


def workers(texts: Sequence[tuple[str, str]], count: int, rounds: int) -> tuple[float, float]:
    """Letters a second by the clock with one worker and with two, starting the processes included."""
    many = [text for _, text in texts] * (count // len(texts) + 1)
    many = many[:count]

    def drain(n: int) -> None:
        for _ in parse_many(many, workers=n):
            pass

    spent = {1: 1e9, 2: 1e9}
    for _ in range(rounds):  # in turn, so that other work on the machine meets both
        for n in spent:
            spent[n] = min(spent[n], best_of(partial(drain, n), 1, clock=time.perf_counter))
    return count / spent[1], count / spent[2]


_FRESH = """
import time
from benchmarks.parse import fixed_set, parse_all
texts = [text for _, text in fixed_set()]
spent = []
for _ in range(3):
    began = time.process_time()
    parse_all(texts)
    spent.append(time.process_time() - began)
print(spent[0] - min(spent))
"""


WANTED = 1.7
"""How many times as fast as one worker two should be."""


def _even(fresh: float, letter: float) -> int:
    """From how many letters on two workers can be that fast, were there no other cost than their warming up; in hundreds."""
    return math.ceil(WANTED * fresh / (letter * (1 - WANTED / 2)) / 100) * 100


def warm_up() -> float:
    """Processor seconds that a fresh interpreter spends on the set before it is as fast as it gets: the lexicon is read and
    the patterns of six languages are compiled on first use.
    """
    ran = subprocess.run(
        [sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True, cwd=CORPUS.parent.parent
    )
    return float(ran.stdout)


# --- the report -----------------------------------------------------------------------------------------------------


def report(rounds: int, letters_for_workers: int) -> Iterator[str]:
    """The tables, line by line, as markdown."""
    texts = fixed_set()
    parse_all([text for _, text in texts])  # patterns are compiled on first use
    cores = len(os.sched_getaffinity(0))
    yield "# How fast letters are parsed\n"
    yield (
        f"Measured on {dt.datetime.now(dt.UTC).date().isoformat()} with `python -m benchmarks.parse`: {cores} cores, "
        f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}. Processor time of one process (one core), "
        f"best of {rounds} rounds; other work ran on the machine.\n"
    )
    mean, by = throughput(texts, rounds)
    lengths = sum(len(text) for _, text in texts) / len(texts)
    yield "## Letters a second\n"
    yield (
        f"{len(texts)} letters of the corpus, padded to {lengths:,.0f} characters on average, all fields on: "
        f"**{1 / mean:,.0f} letters a second** on one core, {mean * 1000:.2f} ms a letter.\n"
    )
    yield "| language | letters | ms a letter | letters a second |\n|---|--:|--:|--:|"
    for code, spent in by.items():
        yield f"| {code} | {sum(c == code for c, _ in texts)} | {spent * 1000:.2f} | {1 / spent:,.0f} |"
    yield f"| all | {len(texts)} | {mean * 1000:.2f} | {1 / mean:,.0f} |"
    stages = profile(texts, rounds)
    total = sum(stages.values())
    yield "\n## Where the time goes\n"
    yield "What a stage or field asks of another counts for the other. `record` is choosing between copies and building the record.\n"
    yield "| stage | µs a letter | share |\n|---|--:|--:|"
    for name, spent in sorted(stages.items(), key=lambda item: -item[1]):
        yield f"| {name} | {spent * 1e6:,.0f} | {spent / total:.1%} |"
    yield "\n## How it grows\n"
    table = growth(max(2, rounds // 2))
    yield "Milliseconds for a text of so many characters, and microseconds a character in brackets.\n"
    yield "| characters | " + " | ".join(table) + " |\n|--:|" + "--:|" * len(table)
    for k, size in enumerate(GROWTH):
        cells = (f"{spent[k] * 1000:,.1f} ({spent[k] / size * 1e6:.2f})" for spent in table.values())
        yield f"| {size:,} | " + " | ".join(cells) + " |"
    yield "\n## Against the naive composition\n"
    spent_naively, ours, n = naive(texts)
    yield (
        f"The same {n} letters of the set, in one run: a blank spaCy pipeline with sentences, `dateparser.search_dates` over the text and a "
        "regular expression a label, everything loaded and compiled beforehand. Ours finds out a letter's language itself; dateparser is "
        "slow at that, so it is also timed with the languages given.\n"
    )
    yield "| | ms a letter | times ours |\n|---|--:|--:|"
    yield f"| itudocs, all fields, with evidence | {ours * 1000:.2f} | 1 |"
    named = {
        "nothing": "naive composition, language not known", "six languages": "the same, told the six languages",
        "the language": "the same, told each letter's language", "no dates": "the same, without any dates",
    }  # fmt: skip
    for told, spent in spent_naively.items():
        yield f"| {named[told]} | {spent * 1000:,.1f} | {spent / ours:,.1f} |"
    yield "\n## Two workers\n"
    one, two = workers(texts, letters_for_workers, 3)
    fresh = min(warm_up() for _ in range(3))
    yield f"{letters_for_workers:,} letters by the clock, starting the processes included; best of three, in turn."
    yield (
        f"Each worker first reads the lexicon and compiles what the letters need: {fresh:.1f} s of processor time for six "
        f"languages. Below about {_even(fresh, mean):,} letters two workers cannot be {WANTED} times as fast as one that is warm.\n"
    )
    yield "| workers | letters a second | |\n|--:|--:|--:|"
    yield f"| 1 | {one:,.0f} | 1 |"
    yield f"| 2 | {two:,.0f} | {two / one:.2f} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--output", type=Path, help="write the tables to this file too")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--letters", type=int, default=10_000, help="how many letters the workers parse")
    options.add_argument("--quick", action="store_true", help="throughput and profile alone, as JSON")
    given = options.parse_args(arguments)
    if given.quick:
        texts = fixed_set()
        parse_all([text for _, text in texts])
        mean, by = throughput(texts, given.rounds)
        stages = profile(texts, given.rounds)
        shown = {name: round(spent * 1e6) for name, spent in sorted(stages.items(), key=lambda item: -item[1])}
        print(
            json.dumps(
                {"letters a second": round(1 / mean), "ms": {c: round(s * 1000, 2) for c, s in by.items()}, "us": shown}
            )
        )
        return 0
    lines = []
    for line in report(given.rounds, given.letters):
        lines.append(line)
        print(line, flush=True)
    if given.output:
        given.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"written to {given.output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
