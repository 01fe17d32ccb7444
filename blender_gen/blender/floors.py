"""Floors: one function a pattern, in `FLOORS`, and the plane that carries it. Coordinates are in repetitions."""

from collections.abc import Mapping
from typing import Any

import bpy

from blender_gen.blender.pictures import picture_image, read_picture
from blender_gen.blender.surface import Canvas, Paint, Pattern, mean_colour, surface_material
from blender_gen.blender.world import Sky, own_file

LARGEST_TEXTURE_PX = 1024
PLANK = 0.2  # width of a plank in repetitions
MORTAR = 0.018


def floor_material(scene_spec: Mapping[str, Any], sky: Sky) -> bpy.types.Material:
    """Return the material of the scene's floor.

    Raises:
        Refused: a texture that cannot be read.
    """
    ground, name = scene_spec["ground"], scene_spec["floor"]
    paint = _texture(own_file(scene_spec, name)) if ":" in name else FLOORS[name]
    colours = tuple(map(tuple, ground["colours"]))
    return surface_material(
        f"floor {name}",
        paint,
        ground["scale_m"],
        ground["rotation_rad"],
        colours,
        ground["roughness"],
        (sky, ground["haze_m"]),
    )


def _asphalt(canvas: Canvas) -> Pattern:
    graph = canvas.graph
    grain = graph.noise(canvas.place, 40 * canvas.scale_m, detail=1)
    stains = graph.noise(canvas.place, 0.7, detail=2)
    colour = canvas.between(graph.ramp(grain.outputs[0], 0.4, 0.7), wavelength=0.04 / canvas.scale_m, mean=0.35)
    colour = canvas.shaded(colour, stains.outputs[0], 0.5, wavelength=0.4)
    return Pattern(colour, tilt=grain.outputs["Color"], tilt_strength=0.5)


def _carpet(canvas: Canvas) -> Pattern:
    """Diamonds and stripes woven from thick yarn."""
    graph = canvas.graph
    parts = graph.add("SeparateXYZ", {0: canvas.place})
    across, along = (graph.math("PINGPONG", parts.outputs[axis], 0.5) for axis in (0, 1))
    diamonds = graph.math("PINGPONG", graph.math("ADD", across, along), 0.25)
    figure = graph.ramp(diamonds, 0.1, 0.13)
    yarn = graph.noise(graph.stretched(canvas.place, 90 * canvas.scale_m, 30 * canvas.scale_m), 1.0, detail=1)
    colour = canvas.between(figure, wavelength=0.25)
    colour = canvas.shaded(colour, yarn.outputs[0], 0.8, wavelength=0.02 / canvas.scale_m)
    return Pattern(colour, tilt=yarn.outputs["Color"], tilt_strength=0.35)


def _checker(canvas: Canvas) -> Pattern:
    graph = canvas.graph
    place = graph.vector("ADD", canvas.place, (0.0, 0.0, 0.5))  # off the plane where the cells change
    inputs = {"Vector": place, "Scale": 1.0, "Color1": canvas.colours[0], "Color2": canvas.colours[1]}
    checker = graph.add("TexChecker", inputs)
    return Pattern(canvas.calm(checker.outputs["Color"], mean_colour(canvas.colours, 0.5), wavelength=1.0))


def _concrete(canvas: Canvas) -> Pattern:
    """Slabs with stains; a repetition is half a slab."""
    graph = canvas.graph
    slabs = graph.bricks(canvas.place, 2.0, 2.0, 0.012, offset=0.0, joint_smooth=0.3)
    stains = graph.noise(canvas.place, 0.9, detail=5, distortion=0.6)
    colour = canvas.between(graph.ramp(stains.outputs[0], 0.35, 0.75), wavelength=0.25, mean=0.35)
    colour = canvas.shaded(colour, slabs.outputs["Color"], 0.12, wavelength=2.0)
    joints = canvas.shaded(colour, slabs.outputs[1], -0.35, wavelength=0.2, mean=0.0)
    return Pattern(joints, tilt=stains.outputs["Color"], tilt_strength=0.15)


def _grass(canvas: Canvas) -> Pattern:
    """Tufts whose blades lie each tuft's own way, and larger patches."""
    graph = canvas.graph
    inputs = {"Vector": canvas.place, "Scale": 14.0}
    tufts = graph.add("TexVoronoi", inputs, voronoi_dimensions="2D")
    own = graph.add("SeparateXYZ", {0: tufts.outputs["Color"]})
    turned = graph.add(
        "VectorRotate",
        {"Vector": canvas.place, "Angle": graph.math("MULTIPLY", own.outputs[0], 6.3)},
        rotation_type="Z_AXIS",
    )
    blades = graph.noise(graph.stretched(turned.outputs[0], 14.0, 60.0), 1.0)
    patches = graph.noise(canvas.place, 0.6, detail=2)
    colour = canvas.between(graph.ramp(blades.outputs[0], 0.25, 0.75), wavelength=0.05)
    colour = canvas.shaded(colour, own.outputs[1], 0.12, wavelength=0.08)
    colour = canvas.shaded(colour, patches.outputs[0], 0.9, wavelength=1.0)
    return Pattern(colour, tilt=blades.outputs["Color"], tilt_strength=0.8)


def _marble(canvas: Canvas) -> Pattern:
    graph = canvas.graph
    clouds = graph.noise(canvas.place, 0.8, detail=4, distortion=0.7)
    distance = graph.math("ABSOLUTE", graph.math("SUBTRACT", clouds.outputs[0], 0.5))
    veins = graph.ramp(distance, 0.0, 0.07, 0.7, 0.0)
    colour = canvas.between(veins, wavelength=0.2, mean=0.2)
    return Pattern(canvas.shaded(colour, clouds.outputs["Color"], 0.3, wavelength=0.5))


def _plain(canvas: Canvas) -> Pattern:
    patches = canvas.graph.noise(canvas.place, 0.5, detail=1)
    return Pattern(canvas.between(patches.outputs[0], wavelength=1.0))


def _sand(canvas: Canvas) -> Pattern:
    """Ripples that the wind left."""
    graph = canvas.graph
    drift = graph.noise(canvas.place, 0.8, detail=2)
    bent = graph.vector("ADD", canvas.place, graph.scaled(drift.outputs["Color"], 1.6))
    ripples = graph.add("TexWave", {"Vector": bent, "Scale": 0.7, "Distortion": 0.0}, wave_profile="SIN")
    fine = graph.noise(canvas.place, 50 * canvas.scale_m)
    colour = canvas.between(ripples.outputs[1], wavelength=0.4)
    colour = canvas.shaded(colour, fine.outputs[0], 0.25, wavelength=0.03 / canvas.scale_m)
    return Pattern(colour, tilt=drift.outputs["Color"], tilt_strength=0.5)


def _tiles(canvas: Canvas) -> Pattern:
    graph = canvas.graph
    tiles = graph.bricks(canvas.place, 1.0, 1.0, MORTAR, offset=0.0)
    stains = graph.noise(canvas.place, 1.7, detail=2)
    joints = graph.ramp(tiles.outputs[1], 0.0, 1.0)
    face = canvas.shaded(canvas.colours[0], tiles.outputs["Color"], 0.18, wavelength=1.0)
    face = canvas.shaded(face, stains.outputs[0], 0.3, wavelength=0.4)
    colour = canvas.calm(graph.mix(joints, face, canvas.colours[1]), face, wavelength=0.3)
    return Pattern(colour, height_m=graph.math("MULTIPLY", joints, -0.002))


def _wood(canvas: Canvas) -> Pattern:
    """Planks, each with a tone and a piece of grain of its own."""
    graph = canvas.graph
    planks = graph.bricks(canvas.place, 6 * PLANK, PLANK, 0.003, offset=0.37)
    tone = graph.add("SeparateXYZ", {0: planks.outputs["Color"]}).outputs[0]
    shift = graph.add("CombineXYZ", {0: graph.math("MULTIPLY", tone, 37.0), 1: graph.math("MULTIPLY", tone, 91.0)})
    place = graph.vector("ADD", canvas.place, shift.outputs[0])
    grain = graph.noise(graph.stretched(place, 1.5, 22.0), 1.0, detail=2, distortion=0.4)
    colour = canvas.between(graph.ramp(grain.outputs[0], 0.3, 0.75), wavelength=0.06)
    colour = canvas.shaded(colour, tone, 0.3, wavelength=PLANK)
    colour = canvas.shaded(colour, planks.outputs[1], -0.35, wavelength=0.03, mean=0.0)
    return Pattern(colour)


def _texture(path: str) -> Paint:
    picture = read_picture(path, LARGEST_TEXTURE_PX)
    mean = tuple(picture.linear.mean(axis=(0, 1)).tolist())
    image = picture_image("texture", picture.pixels, picture.encoded)

    def paint(canvas: Canvas) -> Pattern:
        graph = canvas.graph
        centred = graph.vector("ADD", canvas.place, (0.5, 0.5, 0.0))
        texture = graph.add("TexImage", {"Vector": centred}, image=image, extension="REPEAT")
        return Pattern(canvas.calm(texture.outputs["Color"], mean, wavelength=0.25))

    return paint


FLOORS: dict[str, Paint] = {
    "asphalt": _asphalt,
    "carpet": _carpet,
    "checker": _checker,
    "concrete": _concrete,
    "grass": _grass,
    "marble": _marble,
    "plain": _plain,
    "sand": _sand,
    "tiles": _tiles,
    "wood": _wood,
}
