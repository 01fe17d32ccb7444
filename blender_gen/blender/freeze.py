"""A 3-D file becomes plain meshes in the object frame: one moment in time, one metre long, front along +x."""

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from blender_gen.blender.imported_materials import drop_foreign_images, fill_materials, material_warnings
from blender_gen.blender.importers import ImportFailed, blender_from_asset, import_file
from blender_gen.blender.opacity import material_opacity

FIRST_FRAME = 1
IMPORT_FPS = 24
FRONT_DIRECTIONS = {"+X": (1.0, 0.0), "-X": (-1.0, 0.0), "+Y": (0.0, 1.0), "-Y": (0.0, -1.0)}
RENDERED_TYPES = ("MESH", "CURVE", "SURFACE", "META", "FONT")
IMPORTED_KINDS = (
    "objects", "meshes", "armatures", "curves", "lights", "cameras", "actions", "collections", "texts",
    "pointclouds", "lattices", "materials", "images",
)  # fmt: skip


class FreezeError(Exception):
    """The file gives no object that can be placed in a scene; the message is the reason."""


@dataclass(frozen=True)
class Frozen:
    """Plain meshes in the object frame: x forward, y left, z up, origin at the box centre."""

    mesh_objects: list[bpy.types.Object]  # identity matrices, vertices already in the object frame
    vertices: np.ndarray  # (V,3) f32, object frame; every one belongs to a triangle
    triangles: np.ndarray  # (F,3) i32 into `vertices`, counter-clockwise from outside
    opaque: np.ndarray  # (F,) u8: 2 alpha always > 0.01, 1 unknown (texture, nodes), 0 constant and <= 0.01
    double_sided: np.ndarray  # (F,) bool
    box_size: np.ndarray  # (3,) f64, extents of `vertices`
    object_from_asset: np.ndarray  # (4,4) f64 similarity, from the coordinates stored in the file
    imported_dims: np.ndarray  # (3,) f64, extents in Blender's imported frame (z up) before normalising
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    mesh: bpy.types.Mesh
    imported_from_mesh: np.ndarray  # (4,4) f64
    imported: np.ndarray  # (V,3) f64, vertices in Blender's imported frame
    used: np.ndarray  # (V,) bool, belongs to a face


def import_frozen(path: str, object_from_asset: np.ndarray | None = None, front_axis: str = "-Y") -> Frozen:
    """Import a glb, gltf, obj, stl, ply or fbx file into the current scene as plain, normalised meshes.

    Animation is evaluated once, on the importer's first frame (frame 1 at 24 frames a second). Of all that
    the file brings, only the meshes and their materials stay in the scene. `front_axis` is the axis of
    Blender's imported frame (z up) that the front looks along: +X, -X, +Y or -Y. A given `object_from_asset`
    (4,4) is used as it is, and `front_axis` is then without effect.

    Raises FreezeError where the file holds no surface with a finite size, or Blender cannot read it.
    """
    source = Path(path)
    before = _existing()
    try:
        with _ImportScene():
            import_file(source)
            warnings = drop_foreign_images(before["images"], source.parent)
            pieces = _bake(before["objects"])
    except ImportFailed as error:
        _remove_new(before, keep=set())
        raise FreezeError(str(error)) from error
    try:
        imported_box = _box(pieces)
        if object_from_asset is None:
            object_from_asset = _object_from_imported(imported_box, front_axis) @ blender_from_asset(source)
        object_from_asset = np.array(object_from_asset, np.float64).reshape(4, 4)
    except FreezeError:
        _remove_new(before, keep=set())
        raise
    object_from_imported = object_from_asset @ np.linalg.inv(blender_from_asset(source))
    for piece in pieces:
        _move(piece, object_from_imported)
    meshes = [piece.mesh for piece in pieces]
    fill_materials(meshes)
    warnings += material_warnings(meshes)
    mesh_objects = [_place(mesh, f"{source.stem}.{k}") for k, mesh in enumerate(meshes)]
    _remove_new(before, keep={*mesh_objects, *meshes})
    vertices, triangles, opaque, double_sided = _triangles(meshes)
    exact = vertices.astype(np.float64)
    return Frozen(
        mesh_objects=mesh_objects,
        vertices=vertices,
        triangles=triangles,
        opaque=opaque,
        double_sided=double_sided,
        box_size=exact.max(axis=0) - exact.min(axis=0),
        object_from_asset=object_from_asset,
        imported_dims=imported_box[1] - imported_box[0],
        warnings=tuple(warnings),
    )


class _ImportScene:
    """Holds the scene at the importer's clock and units while a file comes in; gives the old values back."""

    def __enter__(self) -> None:
        scene = bpy.context.scene
        self.scene = scene
        self.frame = scene.frame_current
        self.range = scene.frame_start, scene.frame_end
        self.rate = scene.render.fps, scene.render.fps_base
        self.unit = scene.unit_settings.scale_length
        scene.render.fps, scene.render.fps_base = IMPORT_FPS, 1.0
        scene.unit_settings.scale_length = 1.0
        _activate_top_collection()
        scene.frame_set(FIRST_FRAME)

    def __exit__(self, *_: object) -> None:
        scene = self.scene
        scene.render.fps, scene.render.fps_base = self.rate
        scene.unit_settings.scale_length = self.unit
        scene.frame_start, scene.frame_end = self.range
        _activate_top_collection()
        scene.frame_set(self.frame)


def _activate_top_collection() -> None:
    """New objects go into the scene's own collection, not into one that will be removed."""
    bpy.context.view_layer.active_layer_collection = bpy.context.view_layer.layer_collection


def _existing() -> dict[str, set]:
    return {kind: set(getattr(bpy.data, kind)) for kind in IMPORTED_KINDS}


def _remove_new(before: dict[str, set], keep: set) -> None:
    """Remove what was not there before, but for `keep` and the materials and images that it uses."""
    for kind in IMPORTED_KINDS:
        new = [block for block in getattr(bpy.data, kind) if block not in before[kind] and block not in keep]
        if kind in ("materials", "images"):
            new = [block for block in new if block.users == 0]
        bpy.data.batch_remove(new)


def _bake(known: set) -> list[_Piece]:
    """Every mesh that shows on the first frame, modifiers, bones, shape keys and instances applied."""
    bpy.context.scene.frame_set(FIRST_FRAME)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    pieces = []
    for instance in depsgraph.object_instances:
        owner = instance.parent if instance.is_instance else instance.object
        if owner.original in known or instance.object.type not in RENDERED_TYPES:
            continue
        matrix = np.array(instance.matrix_world, np.float64)
        shown = instance.object
        mesh = bpy.data.meshes.new_from_object(shown, preserve_all_data_layers=True, depsgraph=depsgraph)
        for index, slot in enumerate(shown.material_slots):
            if index < len(mesh.materials) and slot.material is not None:
                mesh.materials[index] = slot.material.original
        local = _get(mesh.vertices, "co", 3, np.float32).astype(np.float64)
        used = np.zeros(len(local), bool)
        used[_get(mesh.loops, "vertex_index", 1, np.int32)[:, 0]] = True
        pieces.append(_Piece(mesh, matrix, local @ matrix[:3, :3].T + matrix[:3, 3], used))
    return pieces


def _box(pieces: list[_Piece]) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner (3,) of all faces in the imported frame."""
    if not pieces:
        raise FreezeError("no mesh: the file brings nothing that can be seen")
    points = np.concatenate([piece.imported[piece.used] for piece in pieces])
    if not len(points):
        raise FreezeError("no triangle with area: its meshes hold no face")
    if not np.isfinite(points).all():
        raise FreezeError("non-finite vertex coordinates")
    low, high = points.min(axis=0), points.max(axis=0)
    if not (high - low).max() > 0:
        raise FreezeError("no triangle with area: all vertices are in one place")
    return low, high


def _object_from_imported(box: tuple[np.ndarray, np.ndarray], front_axis: str) -> np.ndarray:
    """(4,4) similarity that turns the front to +x, centres the box and makes its longest side 1 m."""
    if front_axis not in FRONT_DIRECTIONS:
        raise FreezeError(f"front axis {front_axis!r} is not one of {', '.join(FRONT_DIRECTIONS)}")
    x, y = FRONT_DIRECTIONS[front_axis]
    turn = np.array([[x, y, 0.0], [-y, x, 0.0], [0.0, 0.0, 1.0]])  # rows: forward, left, up
    low, high = box
    matrix = np.eye(4)
    matrix[:3, :3] = turn / (high - low).max()
    matrix[:3, 3] = -matrix[:3, :3] @ ((low + high) / 2)
    return matrix


def _move(piece: _Piece, object_from_imported: np.ndarray) -> None:
    """Write vertices and custom normals in the object frame; a mirrored mesh is turned right side out."""
    mesh = piece.mesh
    object_from_mesh = (object_from_imported @ piece.imported_from_mesh)[:3, :3]
    normals = _get(mesh.corner_normals, "vector", 3, np.float32) if mesh.has_custom_normals else None
    vertices = piece.imported @ object_from_imported[:3, :3].T + object_from_imported[:3, 3]
    mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    mirrored = np.linalg.det(object_from_mesh) < 0
    if mirrored:
        mesh.flip_normals()
    mesh.update()
    if normals is not None:
        normals = normals.astype(np.float64) @ _normal_matrix(object_from_mesh).T
        if mirrored:
            normals = normals[_flipped_corners(mesh)]
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = np.where(np.isfinite(length) & (length > 0), normals / np.where(length > 0, length, 1), 0)
        mesh.normals_split_custom_set(normals.astype(np.float32))


def _normal_matrix(matrix: np.ndarray) -> np.ndarray:
    """(3,3) that turns normals as `matrix` turns surfaces: cofactors, which a flattening matrix has too."""
    first, second, third = matrix
    cofactors = np.array([np.cross(second, third), np.cross(third, first), np.cross(first, second)])
    return -cofactors if np.linalg.det(matrix) < 0 else cofactors


def _flipped_corners(mesh: bpy.types.Mesh) -> np.ndarray:
    """(L,) index of the corner, before flip_normals, that each corner was: a face keeps its first corner."""
    start = _get(mesh.polygons, "loop_start", 1, np.int32)[:, 0]
    total = _get(mesh.polygons, "loop_total", 1, np.int32)[:, 0]
    starts, totals = np.repeat(start, total), np.repeat(total, total)
    return starts + (totals - (np.arange(len(starts)) - starts)) % totals


def _place(mesh: bpy.types.Mesh, name: str) -> bpy.types.Object:
    mesh.name = name
    placed = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(placed)
    return placed


def _triangles(meshes: list[bpy.types.Mesh]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """vertices (V,3) f32, triangles (F,3) i32, opaque (F,) u8, double_sided (F,) bool of all meshes."""
    vertices, triangles, opaque, double_sided, count = [], [], [], [], 0
    for mesh in meshes:
        mesh.calc_loop_triangles()
        corners = _get(mesh.loop_triangles, "vertices", 3, np.int32)
        slots = _get(mesh.loop_triangles, "material_index", 1, np.int32)[:, 0]
        slots = np.clip(slots, 0, len(mesh.materials) - 1)
        vertices.append(_get(mesh.vertices, "co", 3, np.float32))
        triangles.append(corners + count)
        opacities = [material_opacity(material) for material in mesh.materials]
        opaque.append(np.array(opacities, np.uint8)[slots])
        culled = [material.use_backface_culling for material in mesh.materials]
        double_sided.append(~np.array(culled, bool)[slots])
        count += len(vertices[-1])
    all_vertices, all_triangles = np.concatenate(vertices), np.concatenate(triangles)
    used, compact = np.unique(all_triangles, return_inverse=True)
    return (
        all_vertices[used],
        compact.reshape(-1, 3).astype(np.int32),
        np.concatenate(opaque),
        np.concatenate(double_sided),
    )


def _get(collection: bpy.types.bpy_prop_collection, attribute: str, width: int, dtype: type) -> np.ndarray:
    """(len(collection), width) array of one attribute of a collection's elements."""
    flat = np.empty(len(collection) * width, dtype)
    collection.foreach_get(attribute, flat)
    return flat.reshape(-1, width)
