"""The loop: interrupted equals uninterrupted, and what stops it."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.optim.optimizer import register_optimizer_step_pre_hook

from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from tests.conftest import REPOSITORY
from tests.train.runs import Clips, Crash, Toy, accelerator, examples, metrics, recipe, run_toy, same, two_ranks
from train.checkpoint import Learning, State, checkpoints, read_state
from train.errors import RunError
from train.loader import Examples, Source, batches
from train.loop import fit
from train.mixture import Mixture
from train.model_folder import CHECKPOINTS
from train.order import ClipOrder
from train.plan import Pace, Run
from train.recipe import Recipe
from train.steps import make_steps, share_of
from train.stop import Stopped, StopRequest


def last(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(checkpoints(folder / CHECKPOINTS)[-1] / "trained.safetensors")


def done(folder: Path) -> int:
    found = checkpoints(folder / CHECKPOINTS)
    return read_state(found[-1]).step if found else 0


@pytest.mark.slow
@settings(max_examples=10)
@given(
    shards=st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple),
    micro_batch=st.integers(1, 3),
    rounds=st.integers(1, 3),
    workers=st.sampled_from([(0, 0), (0, 0), (0, 1), (1, 0), (2, 1)]),
    cuts=st.dictionaries(st.integers(0, 6), st.sampled_from(["term", "crash"]), max_size=3),
    every=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_a_run_that_is_stopped_anywhere_ends_like_one_that_is_not(
    shards, micro_batch, rounds, workers, cuts, every
) -> None:
    steps, batch = 7, micro_batch * rounds
    with tempfile.TemporaryDirectory() as place:
        whole, cut = Path(place, "whole"), Path(place, "cut")
        paces = [Pace(micro_batch, number, every[0], 2, every[1], 0) for number in workers]
        average, _ = run_toy(whole, steps, batch, paces[0], shards)
        for number, (step, how) in enumerate(sorted(cuts.items())):
            first = done(cut)
            stops = {step: how} if step >= first else {}
            try:
                run_toy(cut, steps, batch, paces[number % 2], shards, stops, first)
            except (Stopped, Crash):
                continue
        again, _ = run_toy(cut, steps, batch, paces[1], shards, first=done(cut))
        assert same(again, average)
        assert same(last(cut), last(whole))
        assert metrics(cut) == metrics(whole)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "workers"), [("kill", 0), ("group", 1), ("ctrl-c", 1)])
def test_a_process_that_is_killed_goes_on_as_if_it_were_not(tmp_path, how, workers) -> None:
    """Workers get the signals of terminals and schedulers too; they go on until the step is done."""
    program = (
        "from pathlib import Path; from tests.train.runs import run_toy; from train.plan import Pace\n"
        f"run_toy(Path({str(tmp_path / 'cut')!r}), 9, 6, Pace(1, {workers}, 3, 2, 2, 0), stops={{7: {how!r}}})"
    )
    command = [sys.executable, "-c", program]
    cut = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, start_new_session=True)
    if how == "kill":
        assert cut.returncode == -signal.SIGKILL and done(tmp_path / "cut") == 6
    else:
        assert "saved and stopped at step 8 of 9" in cut.stderr and done(tmp_path / "cut") == 8
    again, _ = run_toy(tmp_path / "cut", 9, 6, Pace(1, 0, 3, 2, 2, 0))
    whole, _ = run_toy(tmp_path / "whole", 9, 6, Pace(1, 0, 3, 2, 2, 0))
    assert same(again, whole)
    assert metrics(tmp_path / "cut") == metrics(tmp_path / "whole")


def test_how_a_batch_is_divided_changes_rounding_alone(tmp_path) -> None:
    averages = [run_toy(tmp_path / str(size), batch=6, pace=Pace(size, 0, 9, 2, 9, 0))[0] for size in (1, 2, 6)]
    for other in averages[1:]:
        for name, weights in averages[0].items():
            torch.testing.assert_close(other[name], weights)


def test_each_step_takes_the_next_positions(tmp_path) -> None:
    _, stage = run_toy(tmp_path, steps=5, batch=4, pace=Pace(2, 0, 9, 2, 9, 0))
    assert stage.seen == list(range(20))


def test_a_run_leaves_torchs_random_state_alone(tmp_path) -> None:
    before = torch.get_rng_state()
    run_toy(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("how", "named"), [("nan", r"loss of step 4 .* examples \[9\]"), ("inf", "gradient of step 4")]
)
def test_what_is_not_finite_stops_the_run_and_is_kept(tmp_path, how, named) -> None:
    with pytest.raises(RunError, match=named):
        run_toy(tmp_path, stops={4: how})
    kept = torch.load(tmp_path / "nonfinite-step-00000004.pt", weights_only=True)
    assert kept["step"] == 4 and kept["position"].tolist() == [8.0, 9.0] and kept["sigma"].shape == (2,)
    assert done(tmp_path) == 3 and all(weights.isfinite().all() for weights in last(tmp_path).values())


def test_a_clip_that_cannot_be_read_costs_no_step_that_was_taken(tmp_path) -> None:
    class Torn(Clips):
        def __getitem__(self, number: int):
            return Clip.from_members("00000000", {}) if number == 3 else super().__getitem__(number)

    order = ClipOrder((5,), 3, 4)
    bad = next(position for position in range(5) if order.visit(position).clip == 3)
    torn = Examples([Source(Torn(5), order)], Mixture((1.0,), 3), recipe().cut)
    pace = Pace(1, 0, save_every=99, log_every=2, validate_every=0)
    with pytest.raises(FormatError, match="clip 00000000"):
        fit(Run(tmp_path, recipe(8, batch=1), pace, {}), Toy(), torn, accelerator())
    assert bad > 0 and done(tmp_path) == bad


def test_a_batch_that_cannot_be_divided_is_refused(tmp_path) -> None:
    with pytest.raises(RunError, match="a batch of 2 cannot be made of 1 processes with 4 clips at a time"):
        run_toy(tmp_path, pace=Pace(4))


def test_a_run_with_other_settings_is_refused_and_they_are_named(tmp_path) -> None:
    run_toy(tmp_path, facts={"seed": 3, "recipe": {"optimiser": {"lr": 1.0, "eps": 1.0}}})
    with pytest.raises(RunError, match=r"other settings \(recipe.optimiser.lr, seed\); give them as they were"):
        run_toy(tmp_path, facts={"seed": 4, "recipe": {"optimiser": {"lr": 2.0, "eps": 1.0}}})


def test_a_finished_run_can_be_given_more_steps_but_not_fewer(tmp_path) -> None:
    run_toy(tmp_path, steps=4)
    run_toy(tmp_path, steps=6, first=4)
    assert done(tmp_path) == 6
    with pytest.raises(RunError, match="at step 6 already, past 4"):
        run_toy(tmp_path, steps=4)


def test_the_average_is_validated_and_the_weights_come_back(tmp_path) -> None:
    seen = {}

    def look(step: int, journal) -> None:
        seen[step] = {name: weights.detach().clone() for name, weights in stages[-1].trained().items()}
        journal.note(step, {"step": step, "validation": {"mean": 1.0}})

    stages = [Toy(2)]
    pace = Pace(1, 0, 2, 9, 2, 4)
    average = fit(Run(tmp_path, recipe(8), pace, {}), stages[0], examples(), accelerator(), look)
    assert list(seen) == [4, 8]
    kept = load_file(tmp_path / CHECKPOINTS / "step-00000004" / "average.safetensors")
    assert same(seen[4], kept) and same(seen[8], average)
    plain, _ = run_toy(tmp_path / "plain", pace=Pace(1, 0, 2, 9, 2, 0))
    assert same(plain, average)


def test_a_validation_that_a_stop_prevented_is_made_up_for(tmp_path) -> None:
    def fails(step: int, journal) -> None:
        raise Crash

    def works(step: int, journal) -> None:
        journal.note(step, {"step": step, "validation": {"mean": float(step)}})

    pace = Pace(1, 0, 2, 9, 2, 4)
    with pytest.raises(Crash):
        run_toy(tmp_path / "cut", pace=pace, validate=fails)
    run_toy(tmp_path / "cut", pace=pace, validate=works, first=4)
    run_toy(tmp_path / "whole", pace=pace, validate=works)
    assert [line["step"] for line in metrics(tmp_path / "cut") if "validation" in line] == [4, 8]
    assert sorted(metrics(tmp_path / "cut"), key=str) == sorted(metrics(tmp_path / "whole"), key=str)


APART = (
    "from train import passes, steps\n"
    "steps.RecordedPasses, steps._can_be_recorded = passes.Passes, lambda *_: True\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("sharing", ["", APART], ids=["in the passes", "after them, as recorded ones do"])
def test_two_processes_learn_what_one_does_and_one_goes_on_for_them(tmp_path, sharing) -> None:
    """One of the two is asked to stop, and both do, after the same step. Both begin with the weights of the first."""
    program = (
        "import json, os, sys, torch; from pathlib import Path; from tests.train.runs import Toy, run_toy\n"
        "from train.plan import Pace; from train.stop import Stopped\n"
        f"{sharing}"
        "rank, folder, made = int(os.environ['RANK']), Path(sys.argv[1]), Toy.__init__\n"
        "def other(toy, *words):\n    made(toy, *words)\n    toy.layer.weight.data += rank\n"
        "Toy.__init__ = other\n"
        "try: run_toy(folder, 6, 4, Pace(1, 0, 9, 2, 2, 0), stops={3: 'term'} if rank else {}, rounds=2, seen=folder)\n"
        "except Stopped: pass\n"
        "torch.distributed.destroy_process_group()\n"
    )
    two_ranks(["program.py", str(tmp_path / "two")], program, tmp_path)
    halves = [json.loads((tmp_path / "two" / f"seen-{rank}.json").read_text()) for rank in range(2)]
    assert not set(halves[0]) & set(halves[1]) and sorted(halves[0] + halves[1]) == list(range(16))
    assert done(tmp_path / "two") == 4
    pace = Pace(1, 0, 2, 2, 2, 0)
    both, _ = run_toy(tmp_path / "two", 6, 4, pace)
    alone, _ = run_toy(tmp_path / "one", 6, 4, pace)
    for name, weights in alone.items():
        torch.testing.assert_close(both[name], weights)
    for one, two in zip(metrics(tmp_path / "one"), metrics(tmp_path / "two"), strict=True):
        assert one["step"] == two["step"] and one["loss"] == pytest.approx(two["loss"], rel=1e-4)


def steps_taken(folder: Path, made: Recipe) -> Iterator[tuple[Learning, float]]:
    """Take a run's steps, each of two micro-batches; after each, yield what learns and the norm that was told."""
    machines = accelerator()
    run = Run(folder, made, Pace(1, 0), {})
    steps, learning = make_steps(run, Toy(2), machines)
    stream = iter(batches(examples(), share_of(run, machines)))
    with StopRequest() as stop:
        for step in range(made.steps):
            taken = steps.take(State(step, 2 * step), stream, stop)
            yield learning, taken.figures["grad_norm"]


@pytest.mark.parametrize("how", ["nan", "inf"])
def test_what_is_not_finite_changes_nothing(tmp_path, how) -> None:
    machines = accelerator()
    steps, learning = make_steps(Run(tmp_path, recipe(9), Pace(1, 0), {}), Toy(2, {3: how}), machines)
    stream = iter(batches(examples(), share_of(steps.run, machines)))

    def held() -> list[torch.Tensor]:
        moments = [value for state in learning.optimiser.state.values() for value in state.values()]
        return [
            tensor.detach().clone()
            for tensor in (*learning.trained.values(), *moments, *learning.average.shadow_params)
        ]

    with StopRequest() as stop:
        for step in range(3):
            steps.take(State(step, 2 * step), stream, stop)
        before = held()
        with pytest.raises(RunError, match="step 3 is not finite"):
            steps.take(State(3, 6), stream, stop)
    assert all(torch.equal(one, other) for one, other in zip(held(), before, strict=True))


def gradient_taken(folder: Path, clip: float) -> tuple[torch.Tensor, float]:
    """Return the gradient that the optimiser gets in a first step, as one row, and the norm that was told."""
    gradients: list[torch.Tensor] = []
    hook = register_optimizer_step_pre_hook(
        lambda optimiser, *_: gradients.append(
            torch.cat([weights.grad.flatten() for group in optimiser.param_groups for weights in group["params"]])
        )
    )
    made = recipe(1)
    ((_, norm),) = steps_taken(folder, replace(made, optimiser=replace(made.optimiser, clip=clip)))
    hook.remove()
    return gradients[0], norm


def test_a_large_gradient_comes_to_the_optimiser_with_the_largest_norm_and_its_own_direction(tmp_path) -> None:
    whole, norm = gradient_taken(tmp_path, 1e9)
    clipped, told = gradient_taken(tmp_path, norm / 8)
    assert told == pytest.approx(norm) == pytest.approx(whole.norm().item()) and norm > 0.01
    torch.testing.assert_close(clipped, whole / 8, rtol=1e-3, atol=0)


def test_the_average_is_the_recurrence_over_the_runs_own_weights(tmp_path) -> None:
    """Its decay begins at nothing and grows with the steps, (1 + n) / (10 + n), up to the recipe's."""
    wanted: list[torch.Tensor] = []
    for n, (learning, _) in enumerate(steps_taken(tmp_path, recipe(100))):
        decay = min(0.9, (1 + n) / (10 + n)) if n else 0.0
        own = [weights.detach().clone() for weights in learning.trained.values()]
        wanted = [decay * old + (1 - decay) * new for old, new in zip(wanted or own, own, strict=True)]
        for average, mean, weights in zip(learning.average.shadow_params, wanted, own, strict=True):
            torch.testing.assert_close(average, mean)
            assert not n or not torch.allclose(average, weights, rtol=1e-4)
    assert recipe().optimiser.ema == 0.9 < (1 + n) / (10 + n)
