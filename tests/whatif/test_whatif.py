"""The question and its answer."""

import gzip
import re
from pathlib import Path

import pytest

import gomemlab
from gomemlab.gctrace import Log, parse, summarise
from gomemlab.runtime.errors import MisuseError
from gomemlab.whatif import Setting, what_if, words
from gomemlab.whatif.estimate import Estimate, estimate, kind_of
from gomemlab.whatif.logs import source_of
from gomemlab.whatif.record import peak_mb
from gomemlab.whatif.recordings import read
from tests.whatif_logs import steady

MIB = 1 << 20
SERVICES = Path(__file__).parent.parent / "data" / "services"


def test_another_gogc_answers_with_intervals() -> None:
    """GOGC=200: more heap, fewer cycles, and each number lies in its interval."""
    answer = gomemlab.what_if(steady(), gogc=200)

    assert answer.peak_heap.value > 1.3 * answer.observed.peak_heap
    assert answer.num_gc.value < 0.6 * answer.observed.num_gc
    for number in (answer.peak_heap, answer.num_gc, answer.gc_cpu):
        assert number.low <= number.value <= number.high
        assert number.value in number
    assert answer.setting == Setting(200)


def test_nothing_asked_is_the_log_itself() -> None:
    """The log's own setting, replayed: the residual is small, and shown."""
    answer = what_if(steady())

    assert answer.setting == answer.log_setting == Setting(100)
    assert abs(answer.residual.num_gc) < 0.16
    assert answer.num_gc.value == pytest.approx(40, abs=4)
    assert "misses the log by" in str(answer)


@pytest.mark.parametrize("given", ["path", "packed", "text", "lines", "parsed"])
def test_a_log_comes_in_many_forms(given: str, tmp_path: Path) -> None:
    """A path, a packed file, the text, its lines, or a parsed log: the same answer."""
    text = steady()
    plain, packed = tmp_path / "gc.log", tmp_path / "gc.log.gz"
    plain.write_text(text, encoding="utf-8")
    packed.write_bytes(gzip.compress(text.encode()))
    forms = {"path": plain, "packed": packed, "text": text, "lines": text.splitlines(), "parsed": parse(text)}

    assert what_if(forms[given], 200).peak_heap == what_if(text, 200).peak_heap


@pytest.mark.parametrize("gogc", [50, 100, 200, 400])
def test_the_logs_own_gogc_is_seen_in_its_goals(gogc: int) -> None:
    """44 MiB marked and a goal of 132: GOGC=200."""
    assert source_of(steady(gogc=gogc)).setting == Setting(gogc)


def test_a_log_under_another_gogc_can_be_asked_about_this_one() -> None:
    """From a log at GOGC=200 back to GOGC=100: about twice the cycles."""
    answer = what_if(steady(gogc=200), gogc=100)

    assert answer.log_setting == Setting(200)
    assert 1.7 < answer.num_gc.value / answer.observed.num_gc < 2.4


def test_a_log_under_a_limit_is_seen_or_said() -> None:
    """Goals of 60 MiB after 44 marked, most at 88: a limit set them."""
    later = steady(40).replace("83->87->44 MB, 88 MB", "55->59->44 MB, 60 MB").splitlines()[30:]
    lines = steady(30, live=20).replace("48 MB goal", "4 MB goal", 1).splitlines() + later
    seen = source_of(lines)
    said = source_of(lines, 100, "70MiB")

    assert seen.setting.memory_limit == pytest.approx(67 * MIB, rel=0.05)
    assert any("memory limit" in warning for warning in seen.warnings)
    assert said.setting == Setting(100, 70 * MIB)


def test_a_steady_log_under_a_limit_looks_like_a_lower_gogc() -> None:
    """Goals of 70 MiB after 44 marked: GOGC=60 or so; or a limit, if somebody knows that GOGC was 100."""
    text = steady(40, gogc=60)
    unsure = source_of(text)
    sure = source_of(text, log_gogc=100)

    assert 56 <= unsure.setting.gogc <= 64
    assert any("higher one under a memory limit" in warning for warning in unsure.warnings)
    assert sure.setting.gogc == 100
    assert sure.setting.memory_limit == pytest.approx(78 * MIB, rel=0.05)


def test_goals_that_were_passed_by_far_tell_of_no_limit() -> None:
    """Lines put together from many runs: one goal in ten is 60 MiB where 88 were allowed before and after."""
    lines = steady(60).splitlines()
    lines[10::10] = [text.replace("88 MB goal", "60 MB goal") for text in lines[10::10]]

    assert source_of(lines).setting == Setting(100)


def test_a_log_that_does_not_come_out_as_it_was_gets_no_answer() -> None:
    """A limit of 20 MiB under which 44 were live and cycles were few: the log was not recorded under it."""
    answer = what_if(steady(), 200, log_memory_limit="20MiB")

    assert abs(answer.residual.num_gc) > 1
    assert answer.sentence.endswith("no answer for GOGC=200 GOMEMLIMIT=20MiB.")
    assert what_if(steady(), 200).repeats


def test_a_log_whose_limit_left_no_room_says_so() -> None:
    """Every goal is what was marked: GOGC cannot be seen, and the limit is only known to be low."""
    seen = source_of(steady().replace("88 MB goal", "44 MB goal").replace("44 MB goal", "0 MB goal", 1))

    assert seen.setting == Setting(100, pytest.approx(50 * MIB, rel=0.03))
    assert [warning.split(":")[0] for warning in seen.warnings] == [
        "The log's own GOGC is not clear from its goals; GOGC=100 was taken. Say log_gogc if you know it.",
        "Goals are the live heap itself",
    ]


def test_a_limit_of_the_log_stays_unless_it_is_lifted() -> None:
    """memory_limit=None leaves it, "off" lifts it."""
    held = what_if(steady(), log_memory_limit="200MiB")
    free = what_if(steady(), memory_limit="off", log_memory_limit="200MiB")

    assert held.setting.memory_limit == 200 * MIB
    assert free.setting.memory_limit is None


def test_a_limit_below_what_lives_is_infeasible() -> None:
    """40 MiB live and the runtime's own do not fit in 30 MiB."""
    answer = what_if(steady(), memory_limit="30MiB")

    assert answer.infeasible
    assert 44 * MIB < answer.needed < 60 * MIB
    assert "infeasible" in answer.sentence
    assert not what_if(steady(), memory_limit="80MiB").infeasible


@pytest.mark.parametrize(
    ("gogc", "limit", "word"),
    [
        (10**9, None, "before the first cycle"),
        ("off", None, "never collects"),
        (0, None, "as often as it can"),
        (100, 0, "Infeasible"),
        (1 << 40, None, "Go takes 100"),
        (-50, None, "takes it as off"),
    ],
)
def test_absurd_settings_are_answered_and_explained(gogc: int | str, limit: int | None, word: str) -> None:
    """GOGC=10^9 is no error: the log's work ends before a cycle would begin."""
    answer = what_if(steady(), gogc, limit)

    assert any(word in warning for warning in answer.warnings)
    assert answer.peak_heap.low <= answer.peak_heap.value <= answer.peak_heap.high


def test_a_short_log_is_flagged() -> None:
    """Five cycles tell little."""
    answer = what_if(steady(5), 200)

    assert any("5 cycles" in warning for warning in answer.warnings)
    assert answer.kind == "gogc, few cycles"


def test_a_single_cycle_is_enough_for_an_answer() -> None:
    """One line, GOGC unknown: 100 is taken, and said."""
    answer = what_if(steady(1), 200)

    assert answer.num_gc.low >= 0
    assert any("log_gogc" in warning for warning in answer.warnings)


@pytest.mark.parametrize(("cycles", "said"), [(1, "1 cycle is no basis"), (2, "2 cycles are no basis")])
def test_one_or_two_cycles_are_no_basis(cycles: int, said: str) -> None:
    """The headline says so, and no residual of +400 % stands there."""
    answer = what_if(steady(cycles), 200)

    assert answer.sentence.startswith(said)
    assert "misses the log by" not in str(answer)
    assert not any("expect errors of that size" in warning for warning in answer.warnings)


@pytest.mark.parametrize(("gogc", "limit"), [(100, "1MiB"), (0, None), (10, None), (100, "60MiB"), ("off", "30MiB")])
def test_no_interval_holds_what_go_does_not_allow(gogc: int | str, limit: str | None) -> None:
    """The limiter holds collecting to half of the CPU, and a heap cannot peak below what is live in it."""
    answer = what_if(steady(40, assist=8, background=9), gogc, limit)

    assert answer.gc_cpu.low <= answer.gc_cpu.value <= answer.gc_cpu.high <= 0.6
    assert 39 * MIB < answer.peak_heap.low <= answer.peak_heap.value


def test_where_go_collects_without_pause_no_number_of_cycles_is_foretold() -> None:
    """Real Go had 6,149 where 802 were replayed."""
    answer = what_if(steady(), memory_limit="1MiB")

    assert "too many to foretell" in answer.sentence
    assert re.search(r"GC cycles +40 +many +[\d,]+ or more", str(answer))


def test_the_log_is_told_as_gctrace_tells_it() -> None:
    """A peak of 87 MB is 87 MiB, though what was cut off is reckoned with."""
    answer = what_if(steady())
    summary = summarise(parse(steady()))

    assert f"peak heap     {summary.peak_mb} MiB" in str(answer)
    assert round(answer.observed.num_gc) == summary.cycles == 40


def test_a_log_that_begins_later_is_no_damaged_log() -> None:
    """Cycles 61 to 100, one of them missing; and two runs in one file."""
    later = steady(100).splitlines()[60:]
    begun = source_of(later).warnings
    missing = source_of(later[:10] + later[11:]).warnings
    twice = source_of(steady(20) + steady(30)).warnings
    torn = source_of([*later, "gc 101 @10.1s 5%: 0.02"]).warnings

    assert begun == ("The log begins with cycle 61; all is counted from that cycle's end.",)
    assert missing[1] == "1 cycle is missing from the log; `gomemlab gctrace` says where."
    assert len(twice) == 1
    assert "1 place of the log is torn" in str(torn)


def test_a_said_gogc_that_the_goals_contradict_is_named() -> None:
    """Goals of 12 to 200 MiB, each as GOGC=100 asks: GOGC=200 under a limit would have made them equal."""
    text = "".join(steady(n, live=5 + 2 * n).splitlines(keepends=True)[-1] for n in range(1, 51))
    cycles = [c._replace(heap_goal_mb=2 * (9 + 2 * (c.number - 1))) for c in parse(text)]

    said = source_of(Log(cycles), log_gogc=200)
    agreed = source_of(Log(cycles), log_gogc=100)

    assert said.setting == Setting(200)
    assert said.warnings[0].startswith("Said was GOGC=200, but GOGC=100 fits 49 of 49 goals")
    assert agreed.warnings == ()


def test_sys_is_said_to_be_above_the_heap() -> None:
    """Eight of ten recorded runs: between the two numbers that are told."""
    runs = [run for path in SERVICES.rglob("*.runs.gz") for run in read(path) if "num_gc" in run.numbers]
    above = sorted(run.numbers["sys"] / MIB - peak_mb(run) for run in runs)
    peaks = sorted(peak_mb(run) for run in runs)
    tenth = len(above) // 10
    middle = [round(part) for of in (above, peaks) for part in (of[tenth], of[-tenth])]

    assert tuple(middle) == words.ABOVE_THE_PEAK
    assert "RSS was not recorded" in str(what_if(steady()))


def test_an_assist_bound_log_is_flagged() -> None:
    """Goroutines paid nine tenths of all marking."""
    answer = what_if(steady(20, assist=9, background=1, idle=0), 200)

    assert any("assist-bound" in warning for warning in answer.warnings)


def test_a_log_of_a_heap_that_whole_mib_cannot_tell_is_flagged() -> None:
    """0 MiB alive, collected at Go's minimum of 4."""
    tiny = what_if(steady(30, live=0, during=0, start=3, end=3, goal=4, mark=0.3), 200)

    assert any("no more than 1.5 MiB alive" in warning for warning in tiny.warnings)
    assert not any("no more than" in warning for warning in what_if(steady(), 200).warnings)


def test_what_one_log_cannot_show_is_always_said() -> None:
    """Finalizers and weak caches."""
    assert any("weak caches" in warning for warning in what_if(steady(), 200).warnings)


def test_of_several_processes_the_longest_is_taken() -> None:
    """Two runs in one file: 20 cycles and 30."""
    source = source_of(steady(20) + steady(30))

    assert len(source.cycles) == 30
    assert any("2 processes" in warning for warning in source.warnings)


def test_a_log_without_a_cycle_is_refused() -> None:
    """Lines, but none of gctrace."""
    with pytest.raises(MisuseError, match="GODEBUG=gctrace=1"):
        what_if(["hello", "world"])


def test_lines_with_markup_stay_text() -> None:
    """A log with HTML in it: neither sentence nor warnings repeat it."""
    answer = what_if(steady() + "<script>alert(1)</script>\n", 200)

    assert "<script>" not in str(answer)


def test_kinds_tell_questions_apart() -> None:
    """Near, far, very far; few cycles; limits; and the hopeless."""
    kind = {"infeasible": False, "limited": 0.0, "of_log": 100}

    assert kind_of(**kind, cycles=110) == "gogc, near"  # type: ignore[arg-type]
    assert kind_of(**kind, cycles=50) == "gogc, far"  # type: ignore[arg-type]
    assert kind_of(**kind, cycles=25) == "gogc, very far"  # type: ignore[arg-type]
    assert kind_of(**kind, cycles=10) == "gogc, few cycles"  # type: ignore[arg-type]
    assert kind_of(infeasible=False, limited=0.5, of_log=100, cycles=110) == "limit, near"
    assert kind_of(infeasible=True, limited=0.5, of_log=100, cycles=110) == "infeasible"


def test_an_interval_holds_its_value_whatever_was_recorded() -> None:
    """Even where real Go came out higher in nine runs of ten."""
    table = {"gogc, far": {"num_gc": (0.1, 0.4)}}

    found = estimate("num_gc", 50, "gogc, far", table)

    assert found == Estimate(50, 50, pytest.approx(74.8, abs=0.1))
    assert estimate("num_gc", 50, "never seen", table).high > 200
