"""Short plain words for what the screen shows of facts; our own labels, never CPT descriptors."""

from __future__ import annotations

from chartlight import DataItem, Fact, Problem, RiskDecision, TimeStatement
from chartlight.labels import DataNature, Level, ProblemNature, RejectionReason, RiskNature, SetAsideReason, TimeRole

LEVELS = {
    Level.STRAIGHTFORWARD: "Straight\u00adforward",
    Level.LOW: "Low",
    Level.MODERATE: "Moderate",
    Level.HIGH: "High",
}
"""With a soft hyphen, since the columns of the grid are narrow."""
PROBLEMS = {
    ProblemNature.MINOR: "minor",
    ProblemNature.STABLE_CHRONIC: "chronic, stable",
    ProblemNature.ACUTE_UNCOMPLICATED: "acute, uncomplicated",
    ProblemNature.STABLE_ACUTE: "acute, stable or improving",
    ProblemNature.ACUTE_UNCOMPLICATED_HOSPITAL: "acute, uncomplicated, in hospital",
    ProblemNature.CHRONIC_WORSENING: "chronic, worsening or not at goal",
    ProblemNature.UNDIAGNOSED: "new, undiagnosed",
    ProblemNature.ACUTE_SYSTEMIC: "acute with systemic symptoms",
    ProblemNature.ACUTE_COMPLICATED_INJURY: "injury, complicated",
    ProblemNature.CHRONIC_SEVERE: "chronic, severely worse",
    ProblemNature.THREAT: "threat to life or function",
    ProblemNature.MULTIMORBID_INTENSIVE: "several, managed intensively",
}
DATA = {
    DataNature.TEST_ORDERED: "test ordered",
    DataNature.TEST_REVIEWED: "test reviewed",
    DataNature.EXTERNAL_NOTE: "outside note",
    DataNature.INDEPENDENT_HISTORIAN: "other historian",
    DataNature.INDEPENDENT_INTERPRETATION: "own interpretation",
    DataNature.EXTERNAL_DISCUSSION: "outside discussion",
}
RISKS = {
    RiskNature.NONE: "rest, reassurance",
    RiskNature.OTC_DRUG: "drug without prescription",
    RiskNature.THERAPY_REFERRAL: "therapy referral",
    RiskNature.MINOR_PROCEDURE: "minor procedure",
    RiskNature.RX_MANAGEMENT: "prescription drug",
    RiskNature.MINOR_PROCEDURE_RISK: "minor procedure, risk factor",
    RiskNature.MAJOR_SURGERY: "major surgery",
    RiskNature.SDOH: "social determinant",
    RiskNature.TOXICITY_MONITORING: "toxicity monitoring",
    RiskNature.MAJOR_SURGERY_RISK: "major surgery, risk factor",
    RiskNature.EMERGENCY_SURGERY: "emergency surgery",
    RiskNature.HOSPITALIZATION: "hospital care decision",
    RiskNature.PARENTERAL_CONTROLLED: "parenteral controlled drug",
    RiskNature.DEESCALATION: "limit care, poor prognosis",
}
TIMES = {
    TimeRole.TOTAL: "total on the date",
    TimeRole.CRITICAL_CARE: "critical care",
    TimeRole.DISCHARGE: "discharge day",
    TimeRole.RESIDENT: "a resident's, not counted",
    TimeRole.STAFF: "staff's, not counted",
}
REJECTIONS = {
    RejectionReason.NEGATED: "Negated",
    RejectionReason.HISTORICAL: "Historical",
    RejectionReason.POSSIBLE: "Possible only",
    RejectionReason.FAMILY: "Family",
    RejectionReason.COPIED_FORWARD: "Copied forward",
    RejectionReason.NOT_ADDRESSED: "Not addressed",
    RejectionReason.NOT_SPECIFIC: "Not specific",
    RejectionReason.WRONG_CODE: "Wrong code",
}
"""The buttons of the keys 1 to 8, in the order of the enumeration."""
ASIDE_TAGS = {
    SetAsideReason.NEGATED: "no",
    SetAsideReason.HISTORICAL: "past",
    SetAsideReason.POSSIBLE: "poss",
    SetAsideReason.FAMILY: "fam",
    SetAsideReason.HYPOTHETICAL: "if",
    SetAsideReason.COPIED_FORWARD: "copy",
    SetAsideReason.NOT_ADDRESSED: "n/a",
    SetAsideReason.DUPLICATE: "dup",
    SetAsideReason.NO_CREDIT: "n/c",
    SetAsideReason.LOW_CONFIDENCE: "low",
}
VERDICTS = {"confirmed": "accepted", "edited": "changed", "rejected": "rejected", "added": "added"}
STATES = {"open": "open", "finalised": "finalised"}
ATTENTION = {
    "document_after_decision": "a document came or changed after the decision",
    "document_during_review": "a document came or changed during the review",
    "reopened": "reopened",
}
SEEN = {"procedure": "procedure", "vaccine": "vaccine", "drug_given": "drug given"}


def nature_of(fact: Fact) -> str:
    """The nature of a fact in short words.

    >>> nature_of(Problem(id="p1", nature=ProblemNature.CHRONIC_SEVERE))
    'chronic, severely worse'
    """
    if isinstance(fact, Problem):
        return PROBLEMS[fact.nature] if fact.nature and fact.addressed else "mentioned, not addressed"
    if isinstance(fact, DataItem):
        return DATA[fact.nature]
    if isinstance(fact, RiskDecision):
        return RISKS[fact.nature]
    if isinstance(fact, TimeStatement):
        return TIMES[fact.role]
    return fact.kind.value


def name_of(fact: Fact) -> str:
    """What a fact is about, in the words that were read or our name of the test; the nature where it has none.

    >>> name_of(TimeStatement(id="t1", minutes=32))
    '32 minutes'
    """
    if isinstance(fact, Problem):
        return fact.name or "problem"
    if isinstance(fact, DataItem | RiskDecision):
        return fact.item or (fact.evidence[0].quote if fact.evidence else nature_of(fact))
    if isinstance(fact, TimeStatement):
        return f"{fact.minutes} minutes"
    return getattr(fact, "code", fact.id)


def spaced(label: str) -> str:
    """An unknown label for people.

    >>> spaced("copied_forward")
    'copied forward'
    """
    return label.replace("_", " ")
