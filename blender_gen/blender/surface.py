"""Materials of floors and walls: a pattern, kept calm where it is far away, and haze over far ground."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy

from blender_gen.blender.graph import Colour, Graph, Socket, Value
from blender_gen.blender.world import BUMP, Sky, towards

PIXEL_RAD = 1 / 300  # the angle of a pixel in the smallest pictures that count, 256 wide


@dataclass(frozen=True)
class Pattern:
    """What a surface looks like in each point.

    Attributes:
        colour: albedo.
        height_m: relief in metres, for shading only; None where the surface is smooth.
        tilt: a noise colour (each channel about 1/2) that tilts the surface's normal, in place of a relief.
        tilt_strength: by how much.
        roughness: replaces the surface's own.
    """

    colour: Socket
    height_m: Socket | None = None
    tilt: Socket | None = None
    tilt_strength: float = 0.0
    roughness: Socket | None = None


class Canvas:
    """What a pattern is painted on: a node graph, coordinates in repetitions, and a sense of what is too fine to show.

    Attributes:
        place: coordinates on the surface in units of `scale_m`.
        scale_m: metres in one unit.
        colours: two linear RGB albedos.
    """

    def __init__(self, graph: Graph, scale_m: float, rotation_rad: float, colours: tuple[Colour, Colour]) -> None:
        self.graph = graph
        self.scale_m = scale_m
        self.colours = colours
        metres = graph.add("TexCoord").outputs["UV"]
        factor = 1.0 / scale_m
        turned = {"Vector": metres, "Rotation": (0.0, 0.0, rotation_rad), "Scale": (factor, factor, 1.0)}
        self.place = graph.add("Mapping", turned).outputs[0]
        self._pixel_m = self._pixel_size()

    def calm(self, detail: Value, mean: Any, wavelength: float) -> Socket:
        """Return a colour that gives way to its mean where less than two pixels go into a wavelength.

        Args:
            wavelength: of the detail, in units of `scale_m`.
        """
        size = wavelength * self.scale_m
        return self.graph.mix(self.graph.ramp(self._pixel_m, 0.25 * size, 0.8 * size), detail, mean)

    def between(self, value: Value, wavelength: float, mean: float = 0.5) -> Socket:
        """Return the mix of the two colours by a number in 0 to 1 of this mean, calm where it is far away."""
        size = wavelength * self.scale_m
        strength = self.graph.ramp(self._pixel_m, 0.25 * size, 0.8 * size, 1.0, 0.0)
        deviation = self.graph.math("MULTIPLY", self.graph.math("SUBTRACT", value, mean), strength)
        return self.graph.mix(self.graph.math("ADD", deviation, mean, clamp=True), *self.colours)

    def shaded(self, colour: Any, value: Value, amount: float, wavelength: float, mean: float = 0.5) -> Socket:
        """Return a colour made lighter and darker by up to about `amount` where a number leaves its mean."""
        size = wavelength * self.scale_m
        strength = self.graph.ramp(self._pixel_m, 0.25 * size, 0.8 * size, 2 * amount, 0.0)
        factor = self.graph.math("MULTIPLY", self.graph.math("SUBTRACT", value, mean), strength)
        return self.graph.scaled(colour, self.graph.math("ADD", factor, 1.0))

    def _pixel_size(self) -> Socket:
        """The length in metres of a pixel on the surface, along the view."""
        graph = self.graph
        geometry = graph.add("NewGeometry")
        facing = graph.add(
            "VectorMath", {0: geometry.outputs["Incoming"], 1: geometry.outputs["True Normal"]}, operation="DOT_PRODUCT"
        ).outputs["Value"]
        slant = graph.math("MAXIMUM", graph.math("ABSOLUTE", facing), 0.02)
        distance = graph.math("MULTIPLY", graph.add("CameraData").outputs["View Distance"], PIXEL_RAD)
        return graph.math("DIVIDE", distance, slant)


Paint = Callable[[Canvas], Pattern]


def surface_material(
    name: str,
    paint: Paint,
    scale_m: float,
    rotation_rad: float,
    colours: tuple[Colour, Colour],
    roughness: float,
    haze: tuple[Sky, float] | None = None,
) -> bpy.types.Material:
    """Return an opaque material whose coordinates are the mesh's UV map in metres.

    Args:
        haze: a sky, and the distance in metres at which two thirds of the surface have faded into its horizon.
    """
    material = bpy.data.materials.new(name)
    graph = Graph(material)
    canvas = Canvas(graph, scale_m, rotation_rad, colours)
    pattern = paint(canvas)
    inputs = {"Base Color": pattern.colour, "Roughness": roughness if pattern.roughness is None else pattern.roughness}
    normal = _normal(graph, pattern)
    if normal is not None:
        inputs["Normal"] = normal
    surface = graph.add("BsdfPrincipled", inputs).outputs[0]
    if haze is not None:
        surface = _hazy(graph, surface, *haze)
        material.cycles.emission_sampling = "NONE"
    graph.add("OutputMaterial", {"Surface": surface})
    return material


def _normal(graph: Graph, pattern: Pattern) -> Socket | None:
    """The tilted normal of the colour frames; the label pass, which has no world, sees the plane's own."""
    if pattern.height_m is None and pattern.tilt is None:
        return None
    on = graph.add("Attribute", attribute_type="VIEW_LAYER", attribute_name=BUMP).outputs[2]
    if pattern.height_m is not None:
        return graph.add("Bump", {"Height": pattern.height_m, "Strength": on, "Distance": 1.0}).outputs[0]
    strength = graph.math("MULTIPLY", on, pattern.tilt_strength)
    tilt = graph.scaled(graph.vector("SUBTRACT", pattern.tilt, (0.5, 0.5, 0.5)), strength)
    return graph.vector("NORMALIZE", graph.vector("ADD", tilt, graph.add("NewGeometry").outputs["Normal"]))


def _hazy(graph: Graph, surface: Socket, sky: Sky, haze_m: float) -> Socket:
    depth = graph.math("DIVIDE", graph.add("CameraData").outputs["View Distance"], haze_m)
    left = graph.math("EXPONENT", graph.math("MULTIPLY", graph.math("POWER", depth, 1.5), -1.0))
    view = graph.scaled(graph.add("NewGeometry").outputs["Incoming"], -1.0)
    colour = towards(graph, view, sky.horizon, sky.rotation_rad)
    glow = graph.add("Emission", {"Color": colour, "Strength": sky.strength}).outputs[0]
    return graph.add("MixShader", {0: left, 1: glow, 2: surface}).outputs[0]


def mean_colour(colours: tuple[Colour, Colour], share_of_second: float) -> Colour:
    """Return the mix of two colours."""
    red, green, blue = (
        (1 - share_of_second) * first + share_of_second * second for first, second in zip(*colours, strict=True)
    )
    return red, green, blue
