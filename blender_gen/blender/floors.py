"""Procedural floor materials, made of shader nodes; each is one function in `BUILDERS`."""

from collections.abc import Callable
from typing import Any

import bpy

Socket = bpy.types.NodeSocket


def floor_material(scene_spec: dict[str, Any]) -> bpy.types.Material:
    """Return the material of the scene's floor."""
    material = bpy.data.materials.new(f"floor {scene_spec['floor']}")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    coordinates = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Rotation"].default_value = (0.0, 0.0, scene_spec["floor_rotation_rad"])
    scale = 1.0 / scene_spec["floor_scale_m"]
    mapping.inputs["Scale"].default_value = (scale, scale, 1.0)
    tree.links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    colours = [(*colour, 1.0) for colour in scene_spec["floor_colours"]]
    colour = BUILDERS[scene_spec["floor"]](tree, mapping.outputs["Vector"], colours)
    surface = tree.nodes.new("ShaderNodeBsdfPrincipled")
    surface.inputs["Roughness"].default_value = scene_spec["floor_roughness"]
    tree.links.new(colour, surface.inputs["Base Color"])
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(surface.outputs["BSDF"], output.inputs["Surface"])
    return material


def _checker(tree: bpy.types.NodeTree, vector: Socket, colours: list[tuple[float, ...]]) -> Socket:
    offset = tree.nodes.new("ShaderNodeVectorMath")  # off the plane z = 0, where the pattern's cells change
    offset.inputs[1].default_value = (0.0, 0.0, 0.5)
    tree.links.new(vector, offset.inputs[0])
    checker = tree.nodes.new("ShaderNodeTexChecker")
    checker.inputs["Scale"].default_value = 1.0
    checker.inputs["Color1"].default_value = colours[0]
    checker.inputs["Color2"].default_value = colours[1]
    tree.links.new(offset.outputs["Vector"], checker.inputs["Vector"])
    return checker.outputs["Color"]


def _tiles(tree: bpy.types.NodeTree, vector: Socket, colours: list[tuple[float, ...]]) -> Socket:
    brick = tree.nodes.new("ShaderNodeTexBrick")
    brick.offset = 0.0
    brick.inputs["Scale"].default_value = 1.0
    brick.inputs["Brick Width"].default_value = 1.0
    brick.inputs["Row Height"].default_value = 1.0
    brick.inputs["Mortar Size"].default_value = 0.02
    brick.inputs["Mortar Smooth"].default_value = 0.1
    brick.inputs["Color1"].default_value = colours[0]
    brick.inputs["Color2"].default_value = tuple(
        0.8 * first + 0.2 * second for first, second in zip(*colours, strict=True)
    )
    brick.inputs["Mortar"].default_value = colours[1]
    tree.links.new(vector, brick.inputs["Vector"])
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 1.7
    noise.inputs["Detail"].default_value = 2.0
    tree.links.new(vector, noise.inputs["Vector"])
    shade = tree.nodes.new("ShaderNodeMapRange")
    shade.inputs["To Min"].default_value = 0.8
    shade.inputs["To Max"].default_value = 1.2
    tree.links.new(noise.outputs[0], shade.inputs["Value"])
    product = tree.nodes.new("ShaderNodeVectorMath")
    product.operation = "SCALE"
    tree.links.new(brick.outputs["Color"], product.inputs[0])
    tree.links.new(shade.outputs["Result"], product.inputs["Scale"])
    return product.outputs["Vector"]


BUILDERS: dict[str, Callable[[bpy.types.NodeTree, Socket, list[tuple[float, ...]]], Socket]] = {
    "checker": _checker,
    "tiles": _tiles,
}
