"""The closed vocabulary of what the rules warn of, and of why they give no code."""

from __future__ import annotations

from chartlight.labels import Label


class Warn(Label):
    """A standing warning of a determination; the definition is the sentence that a person reads."""

    EDITION_NOT_REVIEWED = (
        "edition_not_reviewed",
        "the date is after the last day up to which the sources were read (ED-10)",
    )
    DATE_ASSUMED = "date_assumed", "no date of service was given; today's was taken"
    SETTING_ASSUMED = "setting_assumed", "no setting was given; office was taken"
    STAGE_ASSUMED = "stage_assumed", "no stage of the stay was given; both stages are reported"
    STAGE_NOT_IN_FAMILY = "stage_not_in_family", "the family has no codes of that stage; the nearest stage was taken"
    STATUS_UNKNOWN = "patient_status_unknown", "new or established is not known; both codes are reported (NE-09)"
    STATUS_CONFLICT = (
        "patient_status_conflict",
        "patient status and date of the last service disagree; the date decides",
    )
    THREE_YEAR_BOUNDARY = (
        "three_year_boundary",
        "the last service was exactly three years ago; read as established (NE-07)",
    )
    LAST_SERVICE_LATER = "last_service_after_visit", "the last service is dated after this visit and was not used"
    NOTHING_ADDRESSED = "nothing_addressed", "no problem was evaluated or treated, so there is no code (P-00)"
    NATURE_UNKNOWN = "nature_unknown", "an addressed problem without nature earns no more than the lowest level"
    LOWER_PROBLEMS = (
        "lower_problems_do_not_add",
        "low problems of different kinds stay low; some auditors differ (P-14)",
    )
    BILLING_UNKNOWN = (
        "interpretation_billing_unknown",
        "a test counts unless its interpretation is billed separately, which is not known (D-09)",
    )
    TIME_CONFLICT = (
        "time_totals_conflict",
        "two different totals are stated; neither counts until one is chosen (TP-16)",
    )
    TIME_BELOW = "time_below_threshold", "the minutes stated reach no code of the family (TP-15)"
    TIME_NOT_USED = "time_not_used", "time selects no code here; MDM alone does"
    MINUTES_NOT_COUNTED = (
        "minutes_not_counted",
        "minutes of staff, residents or another service were left out (TM-02, TP-09)",
    )
    DISCHARGE_TIME_MISSING = (
        "discharge_time_missing",
        "no minutes of the discharge day are stated; the lower code (FN-10)",
    )
    STAGE_FROM_TIME = (
        "stage_from_discharge_minutes",
        "discharge minutes are stated, so the day was read as that of discharge (TP-13)",
    )
    CRITICAL_BELOW = (
        "critical_care_below_minimum",
        "too few minutes for critical care; the ordinary family answers (CC-02)",
    )
    CRITICAL_CRITERIA = (
        "critical_care_criteria_not_shown",
        "critical illness and high-complexity decision making are not both on record (CC-01)",
    )
    CRITICAL_MINUTES_ASSUMED = "critical_care_minutes_assumed", "the total was taken as critical care minutes (CC-05)"
    DISCUSSION_UNKNOWN = "medical_discussion_unknown", "audio-only needs a stated minimum of medical discussion (T-07)"
    PAYER_UNKNOWN = "payer_not_described", "the payer is not described; CPT rules were used"
    ALREADY_REPORTED = "already_reported_today", "a service of the family was reported on this date already (FN-04)"
    PROLONGED_BY_TIME = (
        "prolonged_possible_by_time",
        "chosen by time, the visit would carry a prolonged service (PR-15)",
    )
    CODE_DELETED = "service_code_deleted", "a listed service has a code that does not exist on the date"
    ONLY_FOR_SERVICE = (
        "only_reason_for_service",
        "every addressed problem is only the reason for another service (M-25)",
    )
    ONLY_FOLLOW_UP = (
        "only_postoperative_follow_up",
        "every addressed problem is the follow-up that the global period of an earlier operation holds (M-24)",
    )
    SEVERAL_PROCEDURES = (
        "several_procedures",
        "more than one procedure is listed; whether they are an edit pair, with 59 or XE, XS, XP, XU, is not judged here (M-59, M-XE)",
    )
    DECISION_NOT_SHOWN = (
        "decision_for_surgery_not_shown",
        "a major operation is listed and no decision for it on record (M-57)",
    )
    PREVENTIVE_AGE = "preventive_age_band", "the preventive code listed is for another age (PV-01)"
    PREVENTIVE_STATUS = "preventive_status", "the preventive code listed is for the other patient status (PV-01)"
    PREVENTIVE_PAYER = "preventive_not_covered", "the payer does not cover preventive medicine visits by age (PV-01)"
    COMPLEXITY_MODIFIER = (
        "visit_complexity_with_modifier_25",
        "visit complexity does not stand beside modifier 25 here (G-02, G-03)",
    )
    SPLIT_OFFICE = "split_shared_not_in_office", "a split or shared visit is for institutional settings only (TM-06)"
    TEACHING_UNKNOWN = "teaching_not_understood", "the part of the teaching physician is not one of the known words"
    TEACHING_ABSENT = (
        "teaching_physician_absent",
        "without presence at the key portion the visit is not billable (M-GC)",
    )
    EXCEPTION_CAP = "primary_care_exception_cap", "the exception allows lower levels only (TM-08)"
    DRUG_DOSE = "drug_dose_missing", "dose or unit of an administered drug is not stated; no units (H-08)"
    DRUG_UNKNOWN = "drug_billing_unit_unknown", "the billing unit of an administered drug is not known here (H-01)"
    DRUG_UNIT = (
        "drug_unit_mismatch",
        "the dose of an administered drug is in a unit that its code does not count (H-01)",
    )
    DRUG_VIAL = "drug_vial_unknown", "the content of the container is not stated; neither JW nor JZ (H-02)"
    DRUG_IMPLAUSIBLE = (
        "drug_vial_implausible",
        "no sensible number of containers holds the dose; check the units (H-07)",
    )
    TELEHEALTH_ENDED = "telehealth_flexibility_ended", "the date is after the telehealth flexibilities end (T-05)"


class Unsupported(Label):
    """Why the rules give no code."""

    NO_DATE = "no_date_of_service", "the date of service is not known"
    NO_EDITION = "no_edition", "no edition covers the date"
    PRE2021 = "pre2021_key_components", "before 2021 levels rest on history, examination and key components (ED-01)"
    PRE2023 = "pre2023_key_components", "before 2023 this family rests on key components (ED-03)"
    FAMILY_NOT_YET = "family_not_yet", "the family of this setting is not in the editions"
    DISCUSSION_SHORT = "medical_discussion_too_short", "an audio-only visit needs more medical discussion (T-07)"
