"""A child that freezes files on request and answers what the scene and the meshes look like afterwards."""

import sys

import bpy
import numpy as np

from blender_gen.blender.freeze import FreezeError, import_frozen
from blender_gen.blender.serve import Refused, serve

NOT_CONTENT = {
    "all_ids",
    "brushes",
    "screens",
    "window_managers",
    "workspaces",
    "fonts",
    "linestyles",
    "palettes",
    "scenes",
}


def _contents() -> dict[str, int]:
    """How many data-blocks of each kind there are."""
    counts = {}
    for name in dir(bpy.data):
        blocks = getattr(bpy.data, name)
        if isinstance(blocks, bpy.types.bpy_prop_collection) and len(blocks) and name not in NOT_CONTENT:
            counts[name] = len(blocks)
    return counts


def _handle(request: dict) -> dict:
    if not request.get("keep_scene"):
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    if "as_fbx" in request:  # what Blender's exporter makes of a glTF file stands in for an artist's FBX file
        bpy.ops.import_scene.gltf(filepath=request["path"], disable_bone_shape=True)
        bpy.ops.export_scene.fbx(filepath=request["as_fbx"], bake_anim=False)
        return {}
    scene = bpy.context.scene
    for name, value in request.get("render", {}).items():
        setattr(scene.render, name, value)
    scene.frame_set(request.get("frame", 1))
    before = _contents()
    try:
        matrix = request.get("object_from_asset")
        frozen = import_frozen(request["path"], matrix and np.array(matrix), request.get("front_axis", "-Y"))
    except FreezeError as error:
        raise Refused(f"{error}; left behind: {_changes(before)}") from error
    normals, outward = [], []
    for placed in frozen.mesh_objects:
        mesh = placed.data
        corners = np.array([corner.vector for corner in mesh.corner_normals])
        starts = np.array([loop.vertex_index for loop in mesh.loops])
        positions = np.array([vertex.co for vertex in mesh.vertices])
        middle = (positions.max(axis=0) + positions.min(axis=0)) / 2
        normals.append(np.concatenate([positions[starts], corners], axis=1))
        outward.append([float(np.dot(face.normal, np.array(face.center) - middle)) for face in mesh.polygons])
    np.savez(
        request["out"],
        vertices=frozen.vertices,
        triangles=frozen.triangles,
        opaque=frozen.opaque,
        double_sided=frozen.double_sided,
        box_size=frozen.box_size,
        object_from_asset=frozen.object_from_asset,
        imported_dims=frozen.imported_dims,
        corner_normals=np.concatenate(normals),  # (L,6) position and normal
        pieces=np.concatenate([np.full(len(part), k) for k, part in enumerate(normals)]),
        outward=np.concatenate(outward),  # (polygons,) over 0 where a face looks away from its mesh's middle
    )
    materials = [material for placed in frozen.mesh_objects for material in placed.data.materials]
    return {
        "warnings": list(frozen.warnings),
        "gained": _changes(before),
        "identity": all(placed.matrix_world.is_identity for placed in frozen.mesh_objects),
        "shown": all(placed.name in scene.collection.objects for placed in frozen.mesh_objects),
        "modifiers": sum(len(placed.modifiers) for placed in frozen.mesh_objects),
        "frame": scene.frame_current,
        "fps": scene.render.fps,
        "material_names": [material.name for material in materials],
        "node_types": sorted({node.type for material in materials for node in material.node_tree.nodes}),
    }


def _changes(before: dict[str, int]) -> dict[str, int]:
    now = _contents()
    changes = {name: now.get(name, 0) - before.get(name, 0) for name in {*now, *before}}
    return {name: change for name, change in changes.items() if change}


if __name__ == "__main__":
    sys.exit(serve(_handle))
