"""What the label pass sees of the objects' materials: where a surface is, not how light plays on it."""

from collections.abc import Iterable

import bpy

from blender_gen.blender.opacity import INVISIBLE, material_opacity

RELIEF = ("NORMAL_MAP", "BUMP")


def show_for_labels(materials: Iterable[bpy.types.Material]) -> None:
    """Change materials, once the colour frames are done.

    Those of constant alpha up to 1/100 become wholly transparent: Cycles ends a path on such a surface with a chance of
    its alpha, and writes the label passes there. Painted relief (normal maps, bump) goes: the normals are the mesh's.
    """
    for material in materials:
        if material_opacity(material) == INVISIBLE:
            _make_transparent(material.node_tree)
        elif material.node_tree:
            for node in [node for node in material.node_tree.nodes if node.type in RELIEF]:
                material.node_tree.nodes.remove(node)


def _make_transparent(tree: bpy.types.NodeTree) -> None:
    tree.nodes.clear()
    surface = tree.nodes.new("ShaderNodeBsdfTransparent")
    tree.links.new(surface.outputs["BSDF"], tree.nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
