import resource
from pathlib import Path

import pytest
import torch
from torch import nn

from train.average import MovingAverage
from train.checkpoint import Learning, State, checkpoints, last_state, read_state, restore, save
from train.errors import RunError


def learning(seed: int, width: int = 8) -> Learning:
    """A layer that has learned for three steps."""
    generator = torch.Generator().manual_seed(seed)
    layer = nn.Linear(width, width)
    with torch.no_grad():
        for weights in layer.parameters():
            weights.copy_(torch.randn(weights.shape, generator=generator))
    trained = dict(layer.named_parameters())
    optimiser = torch.optim.AdamW(trained.values(), lr=0.1)
    average = MovingAverage(trained.values(), decay=0.9)
    for _ in range(3):
        layer(torch.randn(2, width, generator=generator)).square().sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        average.step(trained.values())
    return Learning(trained, optimiser, average)


def facts_of(made: Learning) -> tuple:
    moments = [state[name] for state in made.optimiser.state.values() for name in ("step", "exp_avg", "exp_avg_sq")]
    return [*made.trained.values(), *made.average.shadow_params, *moments], made.average.optimization_step


def test_what_is_restored_is_what_was_saved(tmp_path) -> None:
    one, other = learning(1), learning(2)
    state = State(3, 12, {"seed": 1}, [{"samples": {"total": [0.1]}, "figures": {"lr": 0.3}}])
    place = save(tmp_path, state, one, keep=2)
    restore(place, other)
    assert read_state(place) == state
    (tensors, steps), (again, again_steps) = facts_of(one), facts_of(other)
    assert steps == again_steps == 3
    assert all(torch.equal(a, b) for a, b in zip(tensors, again, strict=True))


def test_the_last_few_are_kept_and_remains_of_kills_go(tmp_path) -> None:
    made = learning(1)
    (tmp_path / ".step-00000099.unfinished").mkdir()
    (tmp_path / "step-00000000").mkdir()
    for step in (5, 10, 100):
        save(tmp_path, State(step, step), made, keep=2)
    assert [path.name for path in checkpoints(tmp_path)] == ["step-00000010", "step-00000100"]
    assert not list(tmp_path.glob(".*"))


def test_a_disk_that_is_full_is_a_sentence_and_costs_no_checkpoint(tmp_path) -> None:
    save(tmp_path, State(1, 1), learning(1), keep=1)
    large = learning(1, width=512)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with pytest.raises(RunError, match="cannot write the checkpoint .*step-00000002.*; make room and go on"):
            save(tmp_path, State(2, 2), large, keep=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]


@pytest.mark.parametrize("name", ["trained.safetensors", "average.safetensors", "optimiser.pt", "state.json"])
@pytest.mark.parametrize("how", ["gone", "cut", "other"])
def test_a_damaged_checkpoint_is_named_with_the_remedy(tmp_path, name, how) -> None:
    place = save(tmp_path, State(1, 1), learning(1), keep=1)
    path = place / name
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if how == "cut" else b"[]")
    with pytest.raises(RunError, match=r"the checkpoint .* is damaged \(.+\); delete it to go on") as caught:
        restore(place, learning(1))
        read_state(place)
    assert len(str(caught.value).splitlines()) == 1


def test_a_checkpoint_runs_nothing_when_it_is_read(tmp_path) -> None:
    place = save(tmp_path, State(1, 1), learning(1), keep=1)
    torch.save({"bad": Path("/")}, place / "optimiser.pt")
    with pytest.raises(RunError, match="damaged"):
        restore(place, learning(1))


def test_a_run_begins_where_its_last_checkpoint_is(tmp_path) -> None:
    facts = {"seed": 1, "recipe": {"batch": 2}}
    assert last_state(tmp_path, facts, 9) == State(0, 0, facts)
    for step in (3, 6):
        save(tmp_path / "checkpoints", State(step, 2 * step, facts), learning(1), keep=2)
    assert last_state(tmp_path, facts, 9) == State(6, 12, facts)
    with pytest.raises(RunError, match=r"other settings \(recipe.batch\)"):
        last_state(tmp_path, {"seed": 1, "recipe": {"batch": 3}}, 9)
    with pytest.raises(RunError, match="at step 6 already, past 5"):
        last_state(tmp_path, facts, 5)


def test_how_an_optimiser_works_is_the_devices_affair(tmp_path) -> None:
    place, other = save(tmp_path, State(3, 3), learning(1), keep=1), learning(2)
    for group in other.optimiser.param_groups:
        group["fused"], group["foreach"] = True, False
    restore(place, other)
    assert [(group["fused"], group["foreach"]) for group in other.optimiser.param_groups] == [(True, False)]
