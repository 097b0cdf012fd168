"""The ledger: what each line says, and that every word of the edition's lists does what it is listed for (D-05 to D-22)."""

from datetime import date

import pytest

from chartlight.determination import LedgerEntry
from chartlight.facts import DataItem
from chartlight.labels import DataNature
from rules.data_table import DataTable, data_table
from rules.edition import edition_in_force
from rules.elements.data import keep

TODAY = date(2026, 3, 2)
N = DataNature


@pytest.fixture
def table() -> DataTable:
    return data_table(edition_in_force("data", TODAY))


def one(table: DataTable, nature: DataNature, item: str | None) -> LedgerEntry:
    (entry,) = keep(table, [DataItem(id="d1", nature=nature, item=item, interpretation_billed=False)]).entries
    return entry


@pytest.mark.parametrize(
    ("nature", "category", "row"),
    [
        (N.TEST_ORDERED, 1, "D-05"), (N.TEST_REVIEWED, 1, "D-05"), (N.EXTERNAL_NOTE, 1, "D-11"),
        (N.INDEPENDENT_HISTORIAN, 1, "D-12"), (N.INDEPENDENT_INTERPRETATION, 2, "D-14"), (N.EXTERNAL_DISCUSSION, 3, "D-16"),
    ],
)  # fmt: skip
def test_each_nature_has_its_category_and_row(table: DataTable, nature: DataNature, category: int, row: str) -> None:
    entry = one(table, nature, "something")
    assert (entry.category, entry.row, entry.credited) == (category, row, True)


@pytest.mark.parametrize(
    ("natures", "row", "items"),
    [
        ((N.TEST_ORDERED, N.TEST_REVIEWED, N.INDEPENDENT_INTERPRETATION), "D-19",
         ["vital signs", "Vitals", "pulse oximetry", "pulse ox", "SpO2", "O2 sat", "oxygen saturation", "blood pressure", "BP",
          "temperature", "heart rate", "respiratory rate", "weight", "BMI", "94760"]),
        ((N.TEST_ORDERED, N.TEST_REVIEWED), "D-21", ["PDMP", "prescription drug monitoring program", "PDMP check"]),
        ((N.INDEPENDENT_HISTORIAN,), "D-12", ["interpreter", "translator", "certified Spanish interpreter", "language line"]),
        ((N.EXTERNAL_DISCUSSION,), "D-17", ["family", "mother", "father", "wife", "husband", "spouse", "son", "daughter",
                                            "caregiver", "patient", "friend"]),
        ((N.EXTERNAL_DISCUSSION,), "D-16", ["staff", "medical assistant", "nurse", "resident", "scribe"]),
        ((N.EXTERNAL_NOTE,), "D-10", ["own note", "own notes", "own previous note", "my last note", "partner note"]),
    ],
)  # fmt: skip
def test_what_earns_nothing(table: DataTable, natures: tuple[DataNature, ...], row: str, items: list[str]) -> None:
    for nature in natures:
        for item in items:
            entry = one(table, nature, item)
            assert (entry.credited, entry.row) == (False, row), item


@pytest.mark.parametrize(
    "item",
    ["knee x-ray", "XRAY wrist", "radiograph of the hand", "CT abdomen", "MRI lumbar spine", "renal ultrasound", "carotid duplex",
     "stress echo", "ECG", "12-lead EKG", "electrocardiogram", "mammogram", "coronary angiogram", "PET CT", "bone scan",
     "Holter monitor", "spirometry", "PFTs", "EEG", "EMG", "chest film", "echocardiogram", "DEXA", "head CT", "brain MRI"],
)  # fmt: skip
def test_a_professional_component_is_known(table: DataTable, item: str) -> None:
    ledger = keep(table, [DataItem(id="d1", nature=N.TEST_ORDERED, item=item)])
    assert ledger.warnings == ("interpretation_billing_unknown",)


@pytest.mark.parametrize(
    "item", ["cbc", "tsh", "rapid strep", "a1c", "urinalysis", "lipid panel", "blood culture", "direct ldl"]
)
def test_a_laboratory_test_has_none(table: DataTable, item: str) -> None:
    assert keep(table, [DataItem(id="d1", nature=N.TEST_ORDERED, item=item)]).warnings == ()


@pytest.mark.parametrize(
    "names",
    [
        ["CBC", "cbc with differential", "full blood count", "85025"], ["BMP", "basic metabolic panel", "80048"],
        ["CMP", "80053"], ["LFTs", "hepatic function panel"], ["HbA1c", "Hemoglobin A1c", "83036", "A1C"],
        ["TSH", "thyroid-stimulating hormone"], ["UA", "urinalysis", "urine dipstick"], ["INR", "PT/INR", "prothrombin time"],
        ["BNP", "NT-proBNP"], ["CXR", "chest x-ray", "Chest radiograph"], ["ECG", "EKG", "12-lead ECG"],
        ["head CT", "CT head", "CT of the head"], ["echo", "TTE", "echocardiogram"], ["lipids", "lipid profile", "80061"],
    ],
)  # fmt: skip
def test_names_of_one_test(table: DataTable, names: list[str]) -> None:
    items = [DataItem(id=f"d{n}", nature=N.TEST_REVIEWED, item=name) for n, name in enumerate(names)]
    assert len(keep(table, items).entries) == 1


@pytest.mark.parametrize(
    ("panel", "analytes"),
    [
        ("BMP", ["sodium", "K", "chloride", "CO2", "BUN", "creatinine", "glucose", "calcium"]),
        ("CMP", ["sodium", "potassium", "ALT", "AST", "bilirubin", "albumin", "alk phos", "creatinine"]),
        ("lipid panel", ["LDL", "HDL", "triglycerides", "total cholesterol"]),
        ("CBC", ["hemoglobin", "hematocrit", "WBC", "platelets"]),
        ("LFTs", ["ALT", "AST", "albumin"]),
        ("electrolytes", ["sodium", "potassium", "chloride", "bicarbonate"]),
    ],
)
def test_a_panel_takes_its_analytes_in(table: DataTable, panel: str, analytes: list[str]) -> None:
    apart = [DataItem(id=f"d{n}", nature=N.TEST_REVIEWED, item=name) for n, name in enumerate(analytes)]
    assert len(keep(table, apart).units) == len(analytes)
    together = keep(table, [*apart, DataItem(id="p", nature=N.TEST_ORDERED, item=panel)])
    assert [(e.row, len(e.facts)) for e in together.entries] == [("D-22", len(analytes) + 1)]


@pytest.mark.parametrize(("item", "codes"), [
    ("ECG", ["93000", "93010"]), ("spirometry", ["94010", "94060"]), ("chest x-ray", ["71045", "71046", "71047", "71048"]),
    ("echo", ["93306", "93307", "93308"]),
])  # fmt: skip
def test_a_code_on_the_claim_takes_its_test_out(table: DataTable, item: str, codes: list[str]) -> None:
    given = [DataItem(id="d1", nature=N.TEST_ORDERED, item=item)]
    for code in codes:
        assert [e.row for e in keep(table, given, [code]).entries] == ["D-09"]
    not_billed = [DataItem(id="d1", nature=N.TEST_ORDERED, item=item, interpretation_billed=False)]
    assert keep(table, not_billed, codes).units


def test_a_stricter_house_excludes_what_is_not_known(table: DataTable) -> None:
    """D-09."""
    ecg = DataItem(id="d1", nature=N.TEST_ORDERED, item="ECG")
    cbc = DataItem(id="d2", nature=N.TEST_ORDERED, item="CBC")
    assert [e.row for e in keep(table, [ecg, cbc], strict_billing=True).entries] == ["D-05", "D-09"]
    known = DataItem(id="d1", nature=N.TEST_ORDERED, item="ECG", interpretation_billed=False)
    assert len(keep(table, [known, cbc], strict_billing=True).units) == 2
