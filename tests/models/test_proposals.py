"""What is proposed for a whole note, as cases that a coder can write: ``tests/cases/proposals/*.toml``; the table name is the test id.

Every file says ``invented = true``: its notes were made up for it. ``[defaults]`` is the context of its cases; a case's own ``context`` changes
single values (``"none"``: the sender does not say). Unknown keys and codes that the code set does not have are errors, because a case that tests nothing
must not pass.

``note`` or ``documents``  the text, or ``[{ id, text, signed? }, ...]``
``problems``     ``{ "words of its name" = "nature" }``; ``"any"``: addressed, nature left open; ``"mentioned"``: named, not addressed; ``"absent"``: neither
``codes``        suggested, whatever else is; ``forbidden``: not suggested; ``E11*`` is every code that begins so
``either``       lists of codes, of each of which one is suggested
``levels``       any of ``problems data risk mdm``; ``data`` and ``risk`` alone list what the ledger and the decisions must hold: ``["kind:item words"]``
``code basis minutes setting stage date status kind unsupported``  of the determination and the context used; ``"none"`` where there must be none
``alternatives warnings no_warnings questions``  codes, labels, words of a question; ``questions = []``: none is asked
``aside``        ``{ "words" = "reason" }``
``documents_quoted``  ids of the documents that evidence names
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chartlight import DataItem, DiagnosisSuggestion, Problem, Proposal, RiskDecision
from chartlight.encounter import decode_encounter
from chartlight.labels import DataNature, DocumentKind, Level, ProblemNature, RiskNature, SetAsideReason

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from models.propose import Proposer, load
from rules.codesets.reader import open_release

CASES = Path(__file__).parents[1] / "cases" / "proposals"
TODAY = date(2026, 3, 2)

known_failures: dict[str, str] = {
    # what is asserted
    "assertion/versus_names_neither": "'pain, appendicitis versus cyst' makes the symptom uncertain too, and nothing is left",
    # names
    "natures/minor": "'insect bite' is an external cause, so no problem; the bite of the forearm is lost",
    # one name, several codes
    "natures/sepsis": "'sepsis due to urinary tract infection' is one code, the infection is lost",
    "natures/ketoacidosis": "'ketoacidosis in type 1 diabetes' reads the type of the default name",
    # specificity
    "specificity/migraine_without_aura": "the name's code is refined away: 'without aura', 'not intractable' count as the words that they deny",
    "assertion/symptoms_of_migraine": "the name's code is refined away: 'without aura' counts as aura",
    "specificity/cystitis_without_blood": "the name's code N30.00 is refined away: 'without hematuria' counts as hematuria",
    "specificity/opioid_use_disorder_in_remission": "the name's code F11.21 is refined away, to 'unspecified use in remission'",
    "specificity/deep_vein_thrombosis_by_vein": "the vein stands beyond the name",
    "specificity/retinopathy_of_both_eyes": "severity and macular edema are not read",
    "specificity/cellulitis_of_the_forearm": "a forearm is read as axilla, not as upper limb",
    "specificity/both_sides_in_two_words": "'left and right hip' is no bilateral side, and the nearer one is taken",
    # nature
    "shapes/prose_plan": "'active despite', 'will add' in the next sentence do not tell 'not at goal'",
    "natures/uncomplicated_in_hospital": "'no systemic signs' does not keep a cellulitis on intravenous drugs from being systemic",
    # decisions
    "levels/injection_of_a_joint": "'right knee injected with triamcinolone' is no decision",
    "levels/operation_with_risk_factors": "an elective operation by name is not read",
    "levels/emergency_operation": "'Emergency appendectomy now.' as a line of the plan is no decision",
    "levels/homelessness_limits_treatment": "'homeless ..., which limits treatment' in the assessment is no decision",
    # what the heads weigh otherwise than the patterns, which had these right
    "assertion/managed_by_someone_else": "a disease that another clinician manages, named in the assessment, is taken for addressed",
    "shapes/one_line": "a whole visit in one line: 'rapid strep neg' makes the sore throat the problem, not the pharyngitis",
    "teaching/severe_flare_with_toxic_drug": "severe exacerbations are too few among the annotated notes: the head says stable",
    "circumstances/an_operation_beside_a_visit_is_still_a_visit": "the level of a short emergency note with an operation is one step low",
    "natures/breast_lump": "a lump without a word on how it stands: the head says stable",
    "natures/pyelonephritis": "pyelonephritis in one line: the head does not call it systemic",
    "natures/suicidal_with_plan": "the depression is the threat, the ideation is no problem of its own; the level is right",
    "specificity/concussion_with_loss_of_consciousness": "the right code is less sure than what is shown, and stands under more",
    "teaching/weighed_and_not_given": "a benign flow murmur is weighed as a problem without a diagnosis",
    "teaching/importance_is_no_drug": "counselling on sunscreen is taken for an over-the-counter drug",
    "teaching/a_test_for_a_child_with_a_mother_in_the_room": "a mother in the room counts as an independent historian",
    # other reading
    "circumstances/a_scheduled_slot_is_no_time": "'Scheduled: 40 minute appointment' is accepted as total time",
    "kinds/no_clinical_content": "words without any clinical mention are a visit",
    "shapes/torn_lines": "lines torn inside a name are blocks of their own",
}
"""Cases that are right while the program is wrong, with the cause; a case that has come to pass must leave the list."""

EXPECTATIONS = frozenset(
    {
        "problems", "codes", "forbidden", "either", "levels", "data", "risk", "code", "basis", "minutes", "setting", "stage", "date", "status", "kind",
        "unsupported", "alternatives", "warnings", "no_warnings", "questions", "aside", "documents_quoted",
    }
)  # fmt: skip


def _cases() -> list[Any]:
    found = []
    names = set()
    for path in sorted(CASES.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        assert table.pop("invented", False) is True, f"{path.name}: say that the notes are invented"
        defaults = table.pop("defaults", {})
        for name, case in table.items():
            id = f"{path.stem}/{name}"
            names.add(id)
            marks = [pytest.mark.xfail(reason=known_failures[id], strict=True)] if id in known_failures else []
            found.append(pytest.param({**case, "context": defaults | case.get("context", {})}, id=id, marks=marks))
    assert known_failures.keys() <= names, "a known failure names no case"
    return found


@pytest.fixture(scope="module")
def proposer() -> Proposer:
    """One proposer whose today is the date of the cases, with the tables of the process."""
    load()
    return Proposer(today=lambda: TODAY)


def _matches(pattern: str, codes: set[str]) -> set[str]:
    if pattern.endswith("*"):
        return {c for c in codes if c.startswith(pattern[:-1])}
    return codes & {pattern}


def _named(words: str, proposal: Proposal) -> list[Problem]:
    """Problems whose name holds the words."""
    return [f for f in proposal.facts if isinstance(f, Problem) and words in (f.name or "")]


def _problems_stand(expected: dict[str, str], proposal: Proposal) -> list[str]:
    wrong = []
    for words, nature in expected.items():
        found = _named(words, proposal)
        seen = {(f.nature.value if f.nature else "mentioned") if f.addressed else "mentioned" for f in found}
        if nature == "absent":
            fine = not found
        elif nature == "any":
            fine = any(f.addressed for f in found)
        elif nature == "mentioned":
            fine = seen == {"mentioned"}
        else:
            fine = ProblemNature(nature).value in seen
        if not fine:
            wrong.append(f"{words}: {nature} expected, got {sorted(seen) or 'nothing'}")
    return wrong


def _items(expected: list[str], found: list[tuple[str, str]], labels: type) -> list[str]:
    """Each ``kind:words`` names an item; an empty list wants none."""
    wrong = [] if expected or not found else [f"none expected, got {found}"]
    for line in expected:
        kind, _, words = line.partition(":")
        labels(kind)
        if not any(k == kind and words in w for k, w in found):
            wrong.append(f"{line} expected, got {found}")
    return wrong


def _codes_are_real(case: dict[str, Any], day: date) -> None:
    """An expected code is billable; a forbidden one begins codes of the set."""
    catalogue = open_release(day)
    for code in [*case.get("codes", []), *(c for group in case.get("either", []) for c in group)]:
        assert catalogue.is_billable(code), f"{code} is no billable code on {day}"
    for pattern in case.get("forbidden", []):
        stem = pattern.rstrip("*").rstrip(".")
        assert stem == "" or stem in catalogue or any(c.startswith(stem) for c in catalogue.billable()), (
            f"{pattern} names no code"
        )


@pytest.mark.parametrize("case", _cases())
def test_proposal(case: dict[str, Any], proposer: Proposer) -> None:
    unknown = case.keys() - EXPECTATIONS - {"note", "documents", "context"}
    assert not unknown, f"unknown keys: {sorted(unknown)}"
    assert case.keys() & EXPECTATIONS, "a note and nothing expected of it"
    context = {k: None if v == "none" else v for k, v in case["context"].items()}
    sent = {k: case[k] for k in ("note", "documents") if k in case}
    if "note" in sent:
        sent = {"text": sent["note"]}
    proposal = proposer.propose(decode_encounter({"id": "invented", **sent, "context": context}))
    _codes_are_real(case, proposal.context.date_of_service or TODAY)
    wrong = _judge(case, proposal)
    assert not wrong, "\n".join(wrong)


def _judge(case: dict[str, Any], p: Proposal) -> list[str]:
    """What of the case's expectations the proposal does not meet."""
    wrong = _problems_stand(case.get("problems", {}), p)
    shown = {d.code for d in p.diagnoses}
    wrong += [f"{c} expected, got {sorted(shown)}" for c in case.get("codes", []) if c not in shown]
    wrong += [f"one of {g} expected, got {sorted(shown)}" for g in case.get("either", []) if not shown & set(g)]
    for pattern in case.get("forbidden", []):
        if _matches(pattern, shown):
            wrong.append(f"{pattern} is forbidden, got {sorted(shown)}")
    wrong += _levels_stand(case.get("levels", {}), p)
    if "data" in case:
        items = [(f.nature.value, f.item or "") for f in p.facts if isinstance(f, DataItem)]
        wrong += _items(case["data"], items, DataNature)
    if "risk" in case:
        decisions = [(f.nature.value, f.item or "") for f in p.facts if isinstance(f, RiskDecision)]
        wrong += _items(case["risk"], decisions, RiskNature)
    wrong += _values_stand(case, p)
    wrong += _asides_stand(case.get("aside", {}), p)
    other = {a.code for a in p.determination.alternatives}
    wrong += [f"alternative {c} expected, got {sorted(other)}" for c in case.get("alternatives", []) if c not in other]
    wrong += [f"warning {w} expected, got {p.warnings}" for w in case.get("warnings", []) if w not in p.warnings]
    wrong += [f"warning {w} is not expected" for w in case.get("no_warnings", []) if w in p.warnings]
    asked = [q.text.lower() for q in p.questions]
    if case.get("questions") == [] and asked:
        wrong.append(f"no question expected, got {asked}")
    wrong += [
        f"a question about {w!r} expected, got {asked}"
        for w in case.get("questions", [])
        if not any(w in a for a in asked)
    ]
    if "documents_quoted" in case:
        quoted = {e.document for thing in (*p.facts, *p.diagnoses) for e in thing.evidence}
        if quoted != set(case["documents_quoted"]):
            wrong.append(f"evidence from {case['documents_quoted']} expected, got {quoted}")
    return wrong


def _levels_stand(expected: dict[str, str], p: Proposal) -> list[str]:
    mdm = p.determination.mdm
    wrong = []
    for element, level in expected.items():
        assert element in ("problems", "data", "risk", "mdm"), f"levels.{element} is no element"
        got = None if mdm is None else mdm.level if element == "mdm" else getattr(mdm, element)
        if got != (None if level == "none" else Level(level)):
            wrong.append(f"{element}: {level} expected, got {got}")
    return wrong


def _values_stand(case: dict[str, Any], p: Proposal) -> list[str]:
    d, c = p.determination, p.context
    if "kind" in case:
        DocumentKind(case["kind"])
    seen = {
        "code": d.code,
        "basis": d.basis,
        "minutes": d.time and d.time.minutes,
        "setting": c.setting,
        "stage": c.stage,
        "date": c.date_of_service and c.date_of_service.isoformat(),
        "status": c.patient_status,
        "kind": p.document_kind,
        "unsupported": d.unsupported,
    }
    wrong = []
    for key in seen.keys() & case.keys():
        expected = None if case[key] == "none" else case[key]
        if seen[key] != expected:
            wrong.append(f"{key}: {expected} expected, got {seen[key]}")
    return sorted(wrong)


def _asides_stand(expected: dict[str, str], p: Proposal) -> list[str]:
    wrong = []
    for words, reason in expected.items():
        seen = {a.reason.value for a in p.set_aside if any(words in e.quote.lower() for e in a.evidence[:1])}
        if SetAsideReason(reason).value not in seen:
            wrong.append(f"{words} set aside as {reason} expected, got {sorted(seen) or 'nothing'}")
    return wrong


def test_the_runner_refuses_what_a_proposal_does_not_hold(proposer: Proposer) -> None:
    """The runner itself can fail: every kind of expectation, once wrong."""
    note = "Assessment: Hypertension, at goal. Plan: Continue lisinopril 10 mg."  # invented
    context = {"date_of_service": "2026-03-02", "setting": "office", "patient_status": "established"}
    p = proposer.propose(decode_encounter({"id": "n", "text": note, "context": context}))
    refused = {
        "problems": {"hypertension": "threat"},
        "codes": ["E11.9"],
        "forbidden": ["I1*"],
        "either": [["E11.9", "J18.9"]],
        "levels": {"mdm": "high"},
        "data": ["test_ordered:cbc"],
        "risk": [],
        "code": "99215",
        "basis": "time",
        "minutes": 30,
        "setting": "home",
        "stage": "initial",
        "date": "2026-03-03",
        "status": "new",
        "kind": "test_report",
        "unsupported": "no_edition",
        "alternatives": ["99285"],
        "warnings": ["date_assumed"],
        "questions": ["side"],
        "aside": {"hypertension": "negated"},
        "documents_quoted": ["a"],
    }
    assert not [key for key, value in refused.items() if not _judge({key: value}, p)]
    assert refused.keys() | {"no_warnings"} == EXPECTATIONS
    assert isinstance(p.diagnoses[0], DiagnosisSuggestion)
