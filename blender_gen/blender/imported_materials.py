"""The materials that a file brings: a default where it has none, textures only from the object's own folder."""

from collections.abc import Iterable
from pathlib import Path

import bpy


def drop_foreign_images(known: set, folder: Path) -> list[str]:
    """Take out textures that are not regular files inside the asset's folder (packed ones may stay)."""
    warnings = []
    for image in [image for image in bpy.data.images if image not in known]:
        if image.packed_file is not None or image.source not in ("FILE", "SEQUENCE", "MOVIE", "TILED"):
            continue
        file = Path(bpy.path.abspath(image.filepath)).resolve()
        if not file.is_file():
            warnings.append(f"texture not found: {Path(image.filepath).name}")
        elif not file.is_relative_to(folder.resolve()):
            warnings.append(f"texture outside the object's folder is left out: {file.name}")
        else:
            continue
        for material in bpy.data.materials:
            nodes = material.node_tree.nodes if material.node_tree else ()
            for node in [node for node in nodes if getattr(node, "image", None) == image]:
                nodes.remove(node)
        bpy.data.images.remove(image)
    return warnings


def fill_materials(meshes: list[bpy.types.Mesh]) -> None:
    """Give meshes without a material a default one, which shows colours per vertex where there are any."""
    made: dict[str, bpy.types.Material] = {}
    for mesh in meshes:
        if not mesh.materials:
            mesh.materials.append(None)
        for index, material in enumerate(mesh.materials):
            if material is None:
                colours = mesh.color_attributes.active_color
                layer = colours.name if colours else ""
                mesh.materials[index] = made.get(layer) or _default_material(layer)
                made[layer] = mesh.materials[index]


def _default_material(colour_layer: str) -> bpy.types.Material:
    material = bpy.data.materials.new("default")
    material.use_nodes = True
    material.use_backface_culling = False
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (0.6, 0.6, 0.6, 1.0)
    shader.inputs["Roughness"].default_value = 0.6
    if colour_layer:
        attribute = material.node_tree.nodes.new("ShaderNodeVertexColor")
        attribute.layer_name = colour_layer
        material.node_tree.links.new(attribute.outputs["Color"], shader.inputs["Base Color"])
    return material


def leave_lighting_to_lamps(materials: Iterable[bpy.types.Material]) -> None:
    """Let Cycles find surfaces that shine by chance alone, not aim at them as at lamps.

    Were they among the lamps, each frame would draw its light at random in another way than the frame without them,
    and could not be compared with it.
    """
    for material in materials:
        material.cycles.emission_sampling = "NONE"


def material_warnings(meshes: list[bpy.types.Mesh]) -> list[str]:
    """What a person should know of the materials of `meshes`."""
    trees = {material.node_tree for mesh in meshes for material in mesh.materials if material.node_tree}
    unlit = any(node.type == "LIGHT_PATH" for tree in trees for node in tree.nodes)
    return ["unlit material: it shines by itself and takes no shadow"] if unlit else []
