"""The table that README and lesson show, against the recordings."""

import json
from pathlib import Path
from shutil import copy

import pytest

from gomemlab.whatif import validate
from gomemlab.whatif.causes import cause_of
from gomemlab.whatif.estimate import CALIBRATION, NAMES

SERVICES = Path(__file__).parent.parent / "data" / "services"


@pytest.fixture(scope="module")
def cases() -> list[validate.Case]:
    """Return every recorded log asked about every setting."""
    return validate.load(SERVICES)


@pytest.fixture(scope="module")
def shown() -> dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]]:
    """Return the report as it is kept."""
    return json.loads(validate.VALIDATION.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.slow
def test_the_kept_report_is_what_the_recordings_say(cases: list[validate.Case]) -> None:
    """Computed anew, number by number, the programs that were written afterwards included."""
    report = validate.validated(cases, validate.load(SERVICES / "untouched"))

    assert json.loads(json.dumps(report)) == json.loads(validate.VALIDATION.read_text(encoding="utf-8"))
    kept = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(validate.calibrated(cases))) == kept
    print(f"{len(cases)} cases of {len(report['programs'])} programs")  # noqa: T201


MEDIANS = {"peak_heap": 0.08, "num_gc": 0.10, "gc_cpu": 0.025}  # the aim, ordinary programs


@pytest.mark.parametrize("setting", ["gogc50", "gogc200", "gogc400", "limit1.2", "limit0.8", "limit0.6", "off1.2"])
def test_medians_keep_their_bounds(setting: str, shown: dict) -> None:  # type: ignore[type-arg]
    """Half of all predictions miss by less than 8 % of the peak, 10 % of the cycles, 2.5 points of CPU."""
    row = shown["ordinary"][setting]

    for name, bound in MEDIANS.items():
        assert row[name]["predicted"]["median"] <= bound, (name, row[name]["predicted"])


@pytest.mark.parametrize("setting", ["gogc50", "gogc200", "gogc400", "limit1.2", "limit0.8", "limit0.6", "off1.2"])
def test_plain_scaling_is_beaten(setting: str, shown: dict) -> None:  # type: ignore[type-arg]
    """Peak times (1 + GOGC) / 2, cycles by GOGC: at the median no nearer, and much worse at worst.

    A limit of 1.2 times the peak changes nothing for most: plain scaling is the log itself there, as is the answer.
    """
    row, level = shown["ordinary"][setting], 0.003 if setting == "limit1.2" else 0.0

    for name in ("peak_heap", "num_gc"):
        assert row[name]["predicted"]["median"] <= row[name]["plain"]["median"] + level, name
        assert row[name]["predicted"]["worst"] < row[name]["plain"]["worst"], name


def test_intervals_hold_what_they_promise(shown: dict) -> None:  # type: ignore[type-arg]
    """Eight of ten real results, over all programs and settings, with intervals of the other programs."""
    for name in NAMES:
        assert shown["coverage"]["all"][name] >= 0.8


def test_every_large_miss_has_its_cause(shown: dict) -> None:  # type: ignore[type-arg]
    """What is not known is said so, and stays rare."""
    unknown = [miss for miss in shown["misses"] if miss["cause"].startswith("Not known")]

    assert len(unknown) <= 0.1 * len(shown["misses"])


def test_worst_errors_stand_beside_what_go_does_itself(shown: dict) -> None:  # type: ignore[type-arg]
    """Every ordinary program that was missed by more than a bound, Go's own repeats in the same unit, and why."""
    table = validate.beyond(shown).splitlines()[2:]
    ordinary = [miss for miss in shown["misses"] if miss["ordinary"]]

    assert len(table) == len(ordinary)
    assert all(row.count("|") == 6 for row in table)
    assert {miss["program"] for miss in ordinary} <= set(shown["programs"]) - validate.TRAPS
    assert any(miss["repeats"] > abs(miss["error"]) for miss in ordinary)  # some, Go itself cannot foretell


def test_a_program_may_have_a_cause_for_each_kind_of_setting() -> None:
    """cache_churn: the machine under GOGC, its spans under a limit."""
    assert cause_of("cache_churn", "gogc50") != cause_of("cache_churn", "limit0.8")
    assert cause_of("never_seen", "gogc50") == "Not known."


def test_quantiles_lie_between_neighbours() -> None:
    """Of 0, 10, 20: the quarter is 5."""
    assert validate.quantile([20, 0, 10], 0.25) == 5
    assert validate.spread([-0.1, 0.2]) == {"median": 0.15, "p90": 0.19, "worst": 0.2}


def test_the_report_says_itself(shown: dict) -> None:  # type: ignore[type-arg]
    """A line for each setting."""
    text = validate.said(shown)

    assert "gogc200" in text
    assert "in the 80 % interval" in text


def test_the_report_is_a_table_for_the_readme(shown: dict) -> None:  # type: ignore[type-arg]
    """A row for each setting, for known programs and for those the model never saw."""
    for part in ("ordinary", "few_cycles", "untouched", "first_pair", "second_pair"):
        lines = validate.markdown(shown, part).splitlines()

        assert len({line.count("|") for line in lines}) == 1
        assert any(line.startswith("| GOGC=200 |") for line in lines)
        assert any(line.startswith("| GOGC=off, limit 1.2 × peak |") for line in lines)


@pytest.mark.slow
def test_the_files_are_made_from_a_folder_of_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two programs alone: two files, and what is printed."""
    for name in ("big_live", "trees"):
        copy(SERVICES / f"{name}.runs.gz", tmp_path)
    monkeypatch.setattr(validate, "CALIBRATION", tmp_path / "calibration.json")
    monkeypatch.setattr(validate, "VALIDATION", tmp_path / "validation.json")

    validate.main([str(tmp_path)])

    report = json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))
    assert report["programs"] == ["big_live", "trees"]
    assert "untouched" not in report
    assert "gogc, far" in json.loads((tmp_path / "calibration.json").read_text(encoding="utf-8"))
