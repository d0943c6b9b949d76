"""Scores: how many values were found rightly, falsely, or not at all, for a field, a letter, a language, a run.

Data and sums, and their layout as text and JSON. What is compared is `itudocs.evaluate.measures`'s; where gold and
records come from is `itudocs.evaluate`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from itudocs.evaluate.measures import CORE, FURTHER, MEASURES
from itudocs.model import Record

# -- scores ------------------------------------------------------------------------------------------------------------


class Score(Record, frozen=True, kw_only=True):
    """Values found rightly, found falsely, and missed."""

    right: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(right=self.right + other.right, false=self.false + other.false, missed=self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Share of the found values that are right; 1 where nothing was found."""
        found = self.right + self.false
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """Share of the gold values that were found; 1 where there is none."""
        gold = self.right + self.missed
        return self.right / gold if gold else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def errors(self) -> int:
        return self.false + self.missed


def _total(scores: Iterable[Score]) -> Score:
    return sum(scores, Score())


class FieldScore(Record, frozen=True, kw_only=True):
    """A field of one letter, or of all: its strict and its soft score."""

    strict: Score = Score()
    soft: Score = Score()

    def __add__(self, other: FieldScore) -> FieldScore:
        return FieldScore(strict=self.strict + other.strict, soft=self.soft + other.soft)

    @property
    def errors(self) -> tuple[int, int]:
        """Soft errors, then strict ones: the smaller pair is the better."""
        return self.soft.errors, self.strict.errors


class Outcome(FieldScore, frozen=True, kw_only=True):
    """A field of one letter: its scores, and the values compared, for people."""

    gold: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


class LetterScore(Record, frozen=True, kw_only=True):
    """One letter. `fields` holds the measures that its gold speaks of and does not cut, in order."""

    name: str
    language: str
    fields: dict[str, Outcome]

    @property
    def whole(self) -> bool:
        """Whether every core field is right (soft)."""
        return not any(self.fields[m.name].soft.errors for m in CORE if m.name in self.fields)


class Evaluation(Record, frozen=True, kw_only=True):
    """The scores of one run over one gold folder. `unparsed` are letters of the gold that have no record."""

    letters: tuple[LetterScore, ...]
    unparsed: tuple[str, ...] = ()

    def field(self, name: str) -> FieldScore:
        """A field over all letters.

        Raises:
            KeyError: there is no such measure.
        """
        if all(m.name != name for m in MEASURES):
            raise KeyError(name)
        outcomes = [letter.fields[name] for letter in self.letters if name in letter.fields]
        return FieldScore(strict=_total(o.strict for o in outcomes), soft=_total(o.soft for o in outcomes))

    def speaks(self, name: str) -> bool:
        """Whether any letter's gold speaks of a field."""
        return any(name in letter.fields for letter in self.letters)

    @property
    def micro(self) -> FieldScore:
        """All values of all core fields together."""
        return sum((self.field(m.name) for m in CORE), FieldScore())

    @property
    def macro(self) -> float:
        """Mean of the soft F1 of those core fields that the gold speaks of; 1 where it speaks of none."""
        spoken = [self.field(m.name).soft.f1 for m in CORE if self.speaks(m.name)]
        return sum(spoken) / len(spoken) if spoken else 1.0

    @property
    def languages(self) -> dict[str, Score]:
        """Soft scores of the core fields by the letters' language."""
        out: dict[str, Score] = {}
        for letter in self.letters:
            scores = (letter.fields[m.name].soft for m in CORE if m.name in letter.fields)
            out[letter.language] = out.get(letter.language, Score()) + _total(scores)
        return dict(sorted(out.items()))

    @property
    def whole(self) -> float:
        """Share of the letters with every core field right (soft)."""
        return sum(letter.whole for letter in self.letters) / len(self.letters) if self.letters else 0.0

    def table(self, *, differences: bool = False) -> str:
        """The scores as lines of text; with `differences`, also every field that is not right (soft)."""
        lines = [f"{'field':<19}{'strict F1':>9}{'soft F1':>9}{'P':>7}{'R':>7}{'gold':>6}"]
        for m in MEASURES:
            if m is FURTHER[0] and any(self.speaks(further.name) for further in FURTHER):
                lines.append("further, not in the totals")
            if not self.speaks(m.name):
                continue
            score = self.field(m.name)
            lines.append(
                f"{m.name:<19}{score.strict.f1:>9.3f}{score.soft.f1:>9.3f}{score.soft.precision:>7.3f}"
                f"{score.soft.recall:>7.3f}{score.soft.right + score.soft.missed:>6}"
            )
        micro = self.micro
        lines += [
            "soft F1 by language: " + ", ".join(f"{name} {score.f1:.3f}" for name, score in self.languages.items()),
            f"letters {len(self.letters)}, unparsed {len(self.unparsed)}, whole letters right (soft) {self.whole:.3f}",
            f"micro F1 strict {micro.strict.f1:.4f} soft {micro.soft.f1:.4f} macro soft {self.macro:.4f}",
        ]
        if differences:
            lines += ["", *self._differences()]
        return "\n".join(lines)

    def _differences(self) -> Iterable[str]:
        for letter in self.letters:
            for name, outcome in letter.fields.items():
                if outcome.soft.errors:
                    yield f"{letter.name} {name}"
                    yield from _told("gold", outcome.gold)
                    yield from _told("found", outcome.found)

    def to_json(self) -> str:
        """The scores, and every letter's, as one line of JSON."""
        plain = {
            "letters": len(self.letters),
            "unparsed": self.unparsed,
            "whole": self.whole,
            "micro": _plain(self.micro),
            "macro_soft_f1": self.macro,
            "languages": {name: _rates(score) for name, score in self.languages.items()},
            "fields": {m.name: _plain(self.field(m.name)) for m in CORE if self.speaks(m.name)},
            "further": {m.name: _plain(self.field(m.name)) for m in FURTHER if self.speaks(m.name)},
            "by_letter": self.letters,
        }
        return msgspec.json.encode(plain).decode()


def _rates(score: Score) -> dict[str, float]:
    rates = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
    return rates | {"right": score.right, "false": score.false, "missed": score.missed}


def _plain(score: FieldScore) -> dict[str, dict[str, float]]:
    return {"strict": _rates(score.strict), "soft": _rates(score.soft)}


def _told(label: str, values: Sequence[str]) -> Iterable[str]:
    for value in values or ("-",):
        yield f"  {label:<7}{value}"


# -- two runs ----------------------------------------------------------------------------------------------------------


class Change(Record, frozen=True, kw_only=True):
    """A field of a letter that came out better or worse."""

    letter: str
    field: str
    before: Outcome
    after: Outcome

    @property
    def gain(self) -> bool:
        return self.after.errors < self.before.errors


class Comparison(Record, frozen=True, kw_only=True):
    """What changed from one run to the next, losses first to be read first."""

    before: Evaluation
    after: Evaluation
    changes: tuple[Change, ...]

    @property
    def gains(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.gain)

    @property
    def losses(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if not c.gain)

    def table(self) -> str:
        """Fields that changed with their soft F1, then every loss and gain with its values, as lines of text."""
        lines = [f"{'field':<19}{'before':>8}{'after':>8}{'gains':>7}{'losses':>8}"]
        for m in MEASURES:
            gains = sum(c.field == m.name for c in self.gains)
            losses = sum(c.field == m.name for c in self.losses)
            if gains or losses:
                before, after = self.before.field(m.name).soft.f1, self.after.field(m.name).soft.f1
                lines.append(f"{m.name:<19}{before:>8.3f}{after:>8.3f}{gains:>7}{losses:>8}")
        old, new = self.before.micro, self.after.micro
        lines += [
            f"gains {len(self.gains)}, losses {len(self.losses)}",
            f"micro F1 strict {old.strict.f1:.4f} -> {new.strict.f1:.4f}, soft {old.soft.f1:.4f} -> {new.soft.f1:.4f}",
        ]
        for change in self.changes:
            lines.append(f"{'gain' if change.gain else 'LOSS'} {change.letter} {change.field}")
            lines += _told("gold", change.after.gold)
            lines += _told("before", change.before.found)
            lines += _told("after", change.after.found)
        return "\n".join(lines)

    def to_json(self) -> str:
        """The changes, and both runs' totals, as one line of JSON."""
        plain = {
            "before": _plain(self.before.micro),
            "after": _plain(self.after.micro),
            "gains": self.gains,
            "losses": self.losses,
        }
        return msgspec.json.encode(plain).decode()


def compare(before: Evaluation, after: Evaluation) -> Comparison:
    """Gains and losses, field by field and letter by letter, between two runs over the same gold.

    A field gains when its soft errors become fewer, or as many with fewer strict ones. Letters and fields that only one
    of the runs has are passed over.
    """
    then = {letter.name: letter for letter in before.letters}
    changes = [
        Change(letter=letter.name, field=name, before=then[letter.name].fields[name], after=outcome)
        for letter in after.letters
        if letter.name in then
        for name, outcome in letter.fields.items()
        if name in then[letter.name].fields and then[letter.name].fields[name].errors != outcome.errors
    ]
    changes.sort(key=lambda change: change.gain)
    return Comparison(before=before, after=after, changes=tuple(changes))
