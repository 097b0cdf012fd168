"""Plain words for what a person reads: levels, elements, reasons, warnings. Our own short labels; never CPT descriptors."""

from __future__ import annotations

from chartlight import Determination, EncounterContext
from chartlight.labels import Basis, DocumentKind, PatientStatus, SetAsideReason, Setting, Stage
from rules.warnings import Unsupported, Warn

SETTINGS = {
    Setting.OFFICE: "office",
    Setting.HOME: "home or residence",
    Setting.TELEHEALTH_VIDEO: "telehealth with video",
    Setting.TELEHEALTH_AUDIO: "telehealth, audio only",
    Setting.EMERGENCY: "emergency department",
    Setting.INPATIENT: "hospital inpatient",
    Setting.OBSERVATION: "hospital observation",
    Setting.CONSULTATION_OFFICE: "office consultation",
    Setting.CONSULTATION_HOSPITAL: "hospital consultation",
    Setting.NURSING_FACILITY: "nursing facility",
    Setting.CRITICAL_CARE: "critical care",
}
STATUSES = {PatientStatus.NEW: "new patient", PatientStatus.ESTABLISHED: "established patient"}
STAGES = {
    Stage.INITIAL: "first day",
    Stage.SUBSEQUENT: "later day",
    Stage.SAME_DAY: "admission and discharge on one date",
    Stage.DISCHARGE: "day of discharge",
}
BASES = {Basis.MDM: "by medical decision making", Basis.TIME: "by total time"}
ASIDE = {
    SetAsideReason.NEGATED: "said to be absent",
    SetAsideReason.HISTORICAL: "past, no longer present",
    SetAsideReason.POSSIBLE: "uncertain: not coded for professional services",
    SetAsideReason.FAMILY: "of a relative",
    SetAsideReason.HYPOTHETICAL: "a condition, risk or instruction, not an event",
    SetAsideReason.COPIED_FORWARD: "carried over from an earlier note",
    SetAsideReason.NOT_ADDRESSED: "mentioned, not evaluated or treated at this visit",
    SetAsideReason.DUPLICATE: "said before, counts once",
    SetAsideReason.NO_CREDIT: "the rules give no credit for it",
    SetAsideReason.LOW_CONFIDENCE: "below the display threshold",
}
KINDS = {
    DocumentKind.DISCHARGE_SUMMARY: "a discharge summary",
    DocumentKind.OPERATIVE_NOTE: "a report of an operation or procedure",
    DocumentKind.TEST_REPORT: "a report of a test",
    DocumentKind.INSTRUCTIONS: "instructions or information for a patient",
    DocumentKind.TEMPLATE: "a form that is not filled in",
    DocumentKind.POSTOPERATIVE_VISIT: "a routine visit after an operation",
    DocumentKind.NOT_A_NOTE: "a text without clinical content",
}
WARNINGS = {
    "codeset_later_than_service": "the date is before the first loaded release of ICD-10-CM; a later release was used",
    "codeset_not_reviewed": "the date is after the loaded release of ICD-10-CM; its codes may have changed",
    "date_read_from_note": "no date of service was given; the one that the note states was taken",
    "encoding_assumed": "the encoding was not marked and was assumed; look at accented letters and dashes",
    "not_a_visit": "this text does not read as a visit",
    "setting_read_from_note": "no setting was given; it was read from the note",
    "stage_read_from_note": "no stage of the stay was given; it was read from the note",
    "unsigned_document_left_out": "an unsigned document was left out",
}
"""Warnings of the doors, the reading and the code sets; those of the rules carry their own sentence."""


def warning(name: str) -> str:
    """The sentence of a warning; an unknown one is shown by its name.

    >>> warning("setting_assumed")
    'no setting was given; office was taken'
    >>> warning("something_new:I10")
    'something new (I10)'
    """
    head, _, about = name.partition(":")
    if head in WARNINGS:
        sentence = WARNINGS[head]
    elif head in set(Warn):
        sentence = Warn(head).definition
    else:
        sentence = head.replace("_", " ")
    return f"{sentence} ({about})" if about else sentence


def why_no_code(found: Determination) -> str:
    """Why there is no code, in a sentence that begins small."""
    if found.unsupported:
        head, _, kind = found.unsupported.partition(":")
        if head == "not_a_visit" and kind in set(DocumentKind):
            return f"this reads as {KINDS.get(DocumentKind(kind), kind)}, not as a visit"
        if head in set(Unsupported):
            return Unsupported(head).definition
        return warning(found.unsupported)
    if found.mdm is None:
        return "no problem was found that was evaluated or treated"
    return "the rules give none; the argument is shown with --explain"


def circumstances(context: EncounterContext) -> str:
    """Setting, status or stage, date and payer in one line.

    >>> circumstances(EncounterContext(setting=Setting.OFFICE, patient_status=PatientStatus.NEW))
    'office, new patient'
    """
    words = [SETTINGS[context.setting]] if context.setting else []
    words += [STATUSES[context.patient_status]] if context.patient_status else []
    words += [STAGES[context.stage]] if context.stage else []
    words += [context.date_of_service.isoformat()] if context.date_of_service else []
    words += [f"payer {context.payer}"] if context.payer != "cpt" else []
    return ", ".join(words)


def percent(confidence: float | None) -> str:
    """A probability for people.

    >>> percent(0.934), percent(None)
    ('93 %', '')
    """
    return "" if confidence is None else f"{confidence:.0%}".replace("%", " %")
