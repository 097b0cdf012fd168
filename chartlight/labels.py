"""The closed vocabularies: every label that a note, a rule, a model or a person may use.

A label is added here and nowhere else, with its definition; tests name the second places (edition files, patterns,
documentation) when one is forgotten. Problem, data and risk natures are those of the annotation guidelines; the row ids in
the definitions (``P-07``, ``R-03``) are those of the rules specification (``EM_RULES.md``).

>>> Level.LOW < Level.MODERATE
True
>>> ProblemNature("stable_chronic").definition
'long-term condition (a year or until death) at its treatment goal, or nothing says that it is not (P-03, P-08)'
"""

from __future__ import annotations

from enum import StrEnum


class Label(StrEnum):
    """A word of a closed vocabulary together with its definition.

    >>> Assertion.NEGATED.definition
    'said to be absent'
    """

    definition: str

    def __new__(cls, value: str, definition: str = "") -> Label:
        """A member is its value; the definition stands beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.definition = definition
        return member


class Level(Label):
    """Level of an MDM element or of MDM as a whole, in rising order (MD-01).

    >>> max(Level.HIGH, Level.LOW)
    <Level.HIGH: 'high'>
    >>> [level.rank for level in Level]
    [0, 1, 2, 3]
    """

    STRAIGHTFORWARD = "straightforward", "minimal problems, minimal or no data, minimal risk"
    LOW = "low", "low problems, limited data, low risk"
    MODERATE = "moderate", "moderate problems, moderate data, moderate risk"
    HIGH = "high", "high problems, extensive data, high risk"

    @property
    def rank(self) -> int:
        """0 for straightforward to 3 for high."""
        return list(Level).index(self)

    def __lt__(self, other: object) -> bool:
        return self.rank < other.rank if isinstance(other, Level) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.rank <= other.rank if isinstance(other, Level) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.rank > other.rank if isinstance(other, Level) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.rank >= other.rank if isinstance(other, Level) else NotImplemented


class FactKind(Label):
    """What a fact is about."""

    PROBLEM = "problem", "a disease, injury, symptom, sign or other matter dealt with"
    DATA = "data", "an item of data ordered, reviewed or discussed"
    RISK = "risk", "a management decision that carries risk"
    TIME = "time", "a statement of minutes"
    DIAGNOSIS = "diagnosis", "an ICD-10-CM code given from outside"
    DRUG = "drug", "an administered drug to be billed by HCPCS units"


class ProblemNature(Label):
    """How a problem stands at this encounter (annotation guidelines, 'Problems'; rules 2.2)."""

    MINOR = "minor", "definite, prescribed course, transient, unlikely to alter health permanently (P-01, P-02)"
    STABLE_CHRONIC = (
        "stable_chronic",
        "long-term condition (a year or until death) at its treatment goal, or nothing says that it is not (P-03, P-08)",
    )
    ACUTE_UNCOMPLICATED = "acute_uncomplicated", "recent, short-term, low morbidity risk, full recovery expected (P-04)"
    STABLE_ACUTE = "stable_acute", "acute, treatment begun earlier, improving or stable though not resolved (P-05)"
    ACUTE_UNCOMPLICATED_HOSPITAL = (
        "acute_uncomplicated_hospital",
        "acute uncomplicated but needing hospital inpatient or observation care (P-06)",
    )
    CHRONIC_WORSENING = (
        "chronic_worsening",
        "chronic and worsening, poorly controlled, progressing, not at goal, or with side effects of treatment (P-07)",
    )
    UNDIAGNOSED = "undiagnosed", "new problem whose differential includes something of high morbidity untreated (P-09)"
    ACUTE_SYSTEMIC = "acute_systemic", "acute illness with systemic symptoms and high morbidity risk untreated (P-10)"
    ACUTE_COMPLICATED_INJURY = (
        "acute_complicated_injury",
        "injury that is extensive, reaches beyond the injured part, has several treatments or risk of morbidity (P-11)",
    )
    CHRONIC_SEVERE = "chronic_severe", "chronic with severe exacerbation or severe side effects of treatment (P-12)"
    THREAT = "threat", "threat to life or bodily function in the near term without treatment (P-13)"
    MULTIMORBID_INTENSIVE = (
        "multimorbid_intensive",
        "several conditions needing intensive management at initial nursing facility care; rules only (P-16)",
    )


class DataNature(Label):
    """Kind of a data item (annotation guidelines, 'Data'; rules 2.3)."""

    TEST_ORDERED = "test_ordered", "a unique test ordered, or considered and documented as decided against (D-05, D-08)"
    TEST_REVIEWED = "test_reviewed", "the result of a unique test analysed at this encounter (D-05, D-07)"
    EXTERNAL_NOTE = "external_note", "notes of an external clinician or facility, one per unique source (D-10, D-11)"
    INDEPENDENT_HISTORIAN = (
        "independent_historian",
        "history from someone else because the patient cannot give it reliably or confirmation is needed (D-12)",
    )
    INDEPENDENT_INTERPRETATION = (
        "independent_interpretation",
        "the author's own read of a study done or reported elsewhere (D-14)",
    )
    EXTERNAL_DISCUSSION = (
        "external_discussion",
        "interactive exchange with an external clinician or appropriate source, never family (D-16, D-17)",
    )


class RiskNature(Label):
    """Kind of a management decision by its risk (annotation guidelines, 'Risk'; rules 2.4)."""

    NONE = "none", "rest, reassurance, bandage, superficial dressing (R-01)"
    OTC_DRUG = "otc_drug", "over-the-counter drug (R-02)"
    THERAPY_REFERRAL = "therapy_referral", "physical, occupational or speech therapy, dietitian (R-02)"
    MINOR_PROCEDURE = "minor_procedure", "minor procedure without identified risk factor (R-02)"
    RX_MANAGEMENT = "rx_management", "start, stop, change or continue a prescription drug after evaluation (R-03)"
    MINOR_PROCEDURE_RISK = "minor_procedure_risk", "minor procedure with an identified risk factor (R-05)"
    MAJOR_SURGERY = "major_surgery", "elective major surgery without identified risk factor (R-06)"
    SDOH = "sdoh", "social determinant of health that limits diagnosis or treatment (R-07)"
    TOXICITY_MONITORING = (
        "toxicity_monitoring",
        "drug with potential for serious toxicity, monitored for it by a test at least quarterly (R-08)",
    )
    MAJOR_SURGERY_RISK = "major_surgery_risk", "elective major surgery with an identified risk factor (R-09)"
    EMERGENCY_SURGERY = "emergency_surgery", "emergency major surgery (R-10)"
    HOSPITALIZATION = "hospitalization", "decision about hospitalization or escalation of hospital-level care (R-11)"
    PARENTERAL_CONTROLLED = "parenteral_controlled", "parenteral controlled substance (R-12)"
    DEESCALATION = "deescalation", "not to resuscitate, or to limit care, because of poor prognosis (R-13)"


class TimeRole(Label):
    """Whose and which minutes a time statement tells (rules section 4)."""

    TOTAL = "total", "the reporting clinician's total time on the date of the encounter"
    CRITICAL_CARE = "critical_care", "critical care, exclusive of separately reported procedures (CC-05)"
    DISCHARGE = "discharge", "discharge day management (F-19, F-20)"
    RESIDENT = "resident", "a resident's minutes; never counted (TM-07)"
    STAFF = "staff", "clinical staff's minutes; never counted (TM-02)"


class Assertion(Label):
    """How the note asserts what a mention names."""

    PRESENT = "present", "said to be so now"
    NEGATED = "negated", "said to be absent"
    POSSIBLE = "possible", "uncertain: probable, suspected, rule out, versus, concern for (IC-01)"
    HISTORICAL = "historical", "past and no longer present"
    FAMILY = "family", "of a relative, not of the patient"
    HYPOTHETICAL = "hypothetical", "conditional, instruction or risk, not an event"


class SetAsideReason(Label):
    """Why something in the note is shown but not proposed."""

    NEGATED = "negated", "said to be absent"
    HISTORICAL = "historical", "past and no longer present"
    POSSIBLE = "possible", "uncertain diagnoses are not coded for professional services (IC-01)"
    FAMILY = "family", "of a relative"
    HYPOTHETICAL = "hypothetical", "conditional or instruction"
    COPIED_FORWARD = "copied_forward", "carried over from an earlier note without comment (D-20)"
    NOT_ADDRESSED = "not_addressed", "mentioned, neither evaluated nor treated at this encounter (PD-03)"
    DUPLICATE = "duplicate", "said before; counts once"
    NO_CREDIT = "no_credit", "the rules give no credit for it"
    LOW_CONFIDENCE = "low_confidence", "below the display threshold"


class RejectionReason(Label):
    """Why a person rejects a suggestion (keys 1 to 8 of the review page)."""

    NEGATED = "negated", "the note says that it is absent"
    HISTORICAL = "historical", "past, not current"
    POSSIBLE = "possible", "uncertain in the note"
    FAMILY = "family", "of a relative"
    COPIED_FORWARD = "copied_forward", "carried over from an earlier note"
    NOT_ADDRESSED = "not_addressed", "not evaluated or treated at this encounter"
    NOT_SPECIFIC = "not_specific", "the note supports a more, or only a less, specific code"
    WRONG_CODE = "wrong_code", "another code is right"


class Setting(Label):
    """Where, or in what kind of service, the encounter took place; chooses the code family."""

    OFFICE = "office", "office or other outpatient, urgent care included (FN-09)"
    HOME = "home", "home or residence (FN-08)"
    TELEHEALTH_VIDEO = "telehealth_video", "synchronous audio and video"
    TELEHEALTH_AUDIO = "telehealth_audio", "synchronous audio only"
    EMERGENCY = "emergency", "emergency department"
    INPATIENT = "inpatient", "hospital inpatient"
    OBSERVATION = "observation", "hospital observation"
    CONSULTATION_OFFICE = "consultation_office", "consultation in the office or other outpatient place"
    CONSULTATION_HOSPITAL = "consultation_hospital", "consultation in hospital or nursing facility"
    NURSING_FACILITY = "nursing_facility", "nursing facility"
    CRITICAL_CARE = "critical_care", "critical care"


class PatientStatus(Label):
    """New or established to the clinician or the group and specialty (NE-01)."""

    NEW = "new", "no professional service within three years"
    ESTABLISHED = "established", "a professional service within three years"


class Stage(Label):
    """Stage of a hospital or nursing facility stay."""

    INITIAL = "initial", "first service of this clinician or group and specialty during the stay"
    SUBSEQUENT = "subsequent", "a later day of the stay"
    SAME_DAY = "same_day", "admission and discharge on the same date"
    DISCHARGE = "discharge", "day of discharge"


class Basis(Label):
    """What the code rests on."""

    MDM = "mdm", "medical decision making"
    TIME = "time", "total time on the date of the encounter"


class Sex(Label):
    """Sex as recorded for the encounter; some codes are bound to it."""

    FEMALE = "female", "female"
    MALE = "male", "male"
    UNKNOWN = "unknown", "not recorded, or neither"


class SourceKind(Label):
    """What a fact came from."""

    PATTERN = "pattern", "a hand-written reading rule"
    MODEL = "model", "a learned model"
    REVIEWER = "reviewer", "a person"
    GIVEN = "given", "handed over as data, with or without a quotation"


class EntityLabel(Label):
    """What a mention in the text names."""

    PROBLEM = "problem", "disease, injury, symptom, sign, finding"
    TEST = "test", "laboratory, imaging, physiological or pathology test"
    DRUG = "drug", "drug, by ingredient, brand or class"
    PROCEDURE = "procedure", "procedure, therapy, referral, admission, device"
    PERSON = "person", "relative, caregiver, clinician, other person"
    DOCUMENT = "document", "record, note, letter, outside report"
    TIME = "time", "minutes, durations, dates"
    QUANTITY = "quantity", "number with unit"


class SectionKind(Label):
    """What a section of a note holds; headings of every shape map to one of these."""

    HEADER = "header", "before the first heading: names, dates, reason"
    CHIEF_COMPLAINT = "chief_complaint", "reason for the visit in the patient's words"
    HISTORY = "history", "history of the present illness, interval history, subjective"
    REVIEW_OF_SYSTEMS = "review_of_systems", "symptoms asked system by system"
    PAST_HISTORY = "past_history", "past medical history, problem list"
    SURGICAL_HISTORY = "surgical_history", "past operations"
    FAMILY_HISTORY = "family_history", "diseases of relatives"
    SOCIAL_HISTORY = "social_history", "tobacco, alcohol, work, living situation"
    MEDICATIONS = "medications", "medication list"
    ALLERGIES = "allergies", "allergies and intolerances"
    VITALS = "vitals", "vital signs"
    EXAM = "exam", "physical or mental status examination, objective"
    RESULTS = "results", "laboratory, imaging and other results"
    HOSPITAL_COURSE = "hospital_course", "course of a stay or of the time in the emergency department"
    PROCEDURE = "procedure", "description of a procedure done"
    ASSESSMENT = "assessment", "impression, diagnoses, assessment"
    PLAN = "plan", "plan, recommendations, disposition"
    ASSESSMENT_PLAN = "assessment_plan", "assessment and plan together"
    DISCHARGE_DIAGNOSES = "discharge_diagnoses", "admission, discharge and final diagnoses"
    INSTRUCTIONS = "instructions", "instructions to the patient, follow-up"
    ATTESTATION = "attestation", "signature, scribe, teaching physician's statement, time"
    OTHER = "other", "a heading that is none of these"


class DocumentKind(Label):
    """What kind of text this is; only a visit, a stay's day or a discharge earns an E/M code."""

    VISIT = "visit", "an evaluation and management visit"
    DISCHARGE_SUMMARY = "discharge_summary", "read as the discharge day of a stay"
    OPERATIVE_NOTE = "operative_note", "report of an operation or procedure"
    TEST_REPORT = "test_report", "report of imaging, pathology, laboratory, sleep or other study"
    INSTRUCTIONS = "instructions", "instruction sheet or letter to the patient"
    TEMPLATE = "template", "empty form or template"
    POSTOPERATIVE_VISIT = "postoperative_visit", "routine follow-up inside the global period of an operation"
    NOT_A_NOTE = "not_a_note", "no clinical content was found"
