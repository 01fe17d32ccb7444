"""What a stage starts from."""

from dataclasses import dataclass

from dataset_tools.errors import PoseTrajError
from model.condition_kinds import ConditionKinds
from model.fresh import first_weights, fresh_pipeline
from model.load import load_pipeline
from model.pipeline import TrajectoryVideoPipeline
from model.presets import PRESETS
from train.errors import RunError
from train.model_folder import model_folder
from train.recipe import Recipe


@dataclass(frozen=True)
class Inputs:
    """What a stage starts from.

    Attributes:
        model: a preset's name for random weights, or where a model lies: a run's folder, a pipeline's, a hub's name.
        datasets: folders or URLs.
        weights: relative, one for each dataset; empty for each by its number of clips.
        latents: read clips as latents that `posetraj cache-latents` made with this model.
        caches: where these lie, for each dataset, or one of several by its hash; empty for `latents` in the datasets.
        validated: held-out clips of which losses are taken, and `sampled` of which videos are made.
    """

    model: str
    datasets: tuple[str, ...]
    weights: tuple[float, ...] = ()
    seed: int = 0
    resample: bool = False
    skip_unreadable: bool = False
    latents: bool = False
    caches: tuple[str, ...] = ()
    validated: int = 16
    sampled: int = 2


def starting_pipeline(recipe: Recipe, inputs: Inputs) -> TrajectoryVideoPipeline:
    """Return the pipeline that a stage starts from. Raises RunError for a ControlNet that is told its conditions in
    another form than the recipe says; after a backbone it is made anew."""
    pipeline, wanted = open_model(inputs.model, inputs.seed, recipe.conditions), recipe.conditions
    found = pipeline.controlnet.kinds
    if wanted not in (None, found) and recipe.learns != "backbone":
        raise RunError(
            f"the ControlNet in {inputs.model} was made for {found}, and the recipe {recipe.name} asks for {wanted}; "
            "leave its conditions away, or begin with a model that has no ControlNet"
        )
    return pipeline


def open_model(model: str, seed: int, kinds: ConditionKinds | None = None) -> TrajectoryVideoPipeline:
    """Return a pipeline: a preset's with random weights, or what lies in a run's folder, a pipeline's or on the hub.

    `kinds` says in which form a ControlNet that is made fresh is told its conditions.
    """
    if model in PRESETS:
        if model == "svd":
            raise PoseTrajError("svd is trained from its published weights; give their folder or name on the hub")
        return fresh_pipeline(model, seed, kinds)
    with first_weights(seed):  # plain SVD gets a fresh ControlNet
        return load_pipeline(model_folder(model), kinds=kinds)
