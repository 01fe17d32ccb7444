"""Settings: what may be said, and one clear sentence for what may not."""

from dataclasses import replace

import pytest

from blender_gen.config import PRESETS, ConfigError, DatasetConfig, override, read_config_file


def test_a_config_comes_back_from_json():
    config = DatasetConfig(seed=3, render=PRESETS["standard"], members=("depth", "flow"))
    assert DatasetConfig.from_json(config.to_json()) == config


def test_the_order_of_members_is_no_part_of_a_config():
    assert DatasetConfig(members=("flow", "depth")) == DatasetConfig(members=("depth", "flow"))


def test_members_are_in_the_order_of_the_format():
    config = DatasetConfig(members=("flow", "depth"))
    assert config.member_files == ("video.mp4", "labels.npz", "meta.json", "masks.npz", "depth.npz", "flow.npz")


def test_part_of_the_render_settings_may_be_given():
    config = override(DatasetConfig(), {"render": {"samples": 3}})
    assert config.render.samples == 3
    assert config.render.width == PRESETS["draft"].width


def test_render_settings_may_begin_with_a_preset():
    config = override(DatasetConfig(), {"render": {"samples": 64, "preset": "standard"}})
    assert config.render == replace(PRESETS["standard"], samples=64)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sede": 1}, "unknown setting sede"),
        ({"render": {"widht": 3}}, "unknown setting render.widht"),
        ({"families": {"zigzag": 1}}, "zigzag"),
        ({"families": {"line": 0.0}}, "at least one weight above 0"),
        ({"splits": {"train": 0.5}}, "add up to 1"),
        ({"render": {"width": 101}}, "even number"),
        ({"objects_per_clip": {"9": 1}}, "objects_per_clip"),
        ({"track_points": 64}, "at least 192"),
        ({"margin": "wide"}, "margin is 'wide'; it should be a number"),
        ({"splits": {"train": "0.9"}}, "splits.train is '0.9'"),
        ({"families": ["line"]}, "families is .*a table"),
        ({"families": {"line": "much"}}, "families.line is 'much'"),
        ({"members": "depth"}, "members is 'depth'; it should be a list"),
        ({"seed": "7"}, "seed is '7'"),
        ({"render": {"preset": "huge"}}, "one of draft, standard, reference"),
        ({"render": ["draft"]}, "table of settings"),
        ({"render": None}, "table of settings"),
        ({"min_frames_seen": 0.2}, "from 0.8"),
        ({"members": ["smell"]}, "smell"),
        ({"seed": "seven"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"clips_per_shard": 2.5}, "clips_per_shard"),
        ({"render": {"frames": 16.0}}, "render.frames"),
        ({"render": {"denoise": "no"}}, "render.denoise"),
        ({"families": {"line": float("inf")}}, "weights from 0 to"),
        ({"families": {"line": 1e300, "spiral": 1e308}}, "weights from 0 to"),
        ({"render": {"width": 1_000_000_000}}, "at most 8192"),
        ({"bundled_variants": 1_000_000}, "at most 1000"),
        ({"sources": {"mine": -1}}, "sources"),
        ({"environments": {"hdri:../etc-12345678": 1}}, "environments"),
    ],
)
def test_a_bad_setting_is_named(values, said):
    with pytest.raises(ConfigError, match=said):
        override(DatasetConfig(), values)


def test_a_config_file_may_be_yaml_or_json(tmp_path):
    (tmp_path / "a.yaml").write_text("seed: 4\nrender:\n  samples: 2\n")
    (tmp_path / "a.json").write_text('{"seed": 4, "render": {"samples": 2}}')
    assert read_config_file(tmp_path / "a.yaml") == read_config_file(tmp_path / "a.json")


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "a: [", "!!python/object/apply:os.system ['true']"])
def test_a_file_that_is_no_table_of_settings_is_refused(tmp_path, text):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(ConfigError, match="bad.yaml"):
        read_config_file(tmp_path / "bad.yaml")


def test_a_missing_config_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="none.yaml"):
        read_config_file(tmp_path / "none.yaml")
