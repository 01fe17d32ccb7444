"""Points on the objects' surfaces: sampling them, and telling in which frames each can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from trimesh import Trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from dataset_tools.geometry import invert_rigid, transform

BLOCKED_BEFORE = 0.998  # share of the way from the camera within which a surface hides a point (FORMAT.md)
DIRECTIONS = 48
CANDIDATES_PER_POINT = 8
OUTSIDE_M = 4.0
SURFACE_TOLERANCE_M = 1e-3
SAME_SURFACE = 0.01
ALWAYS_SEEN, UNSURE, NEVER_SEEN = 2, 1, 0


@dataclass(frozen=True)
class ObjectMesh:
    """An object's frozen mesh in its own frame, as it was rendered.

    Attributes:
        vertices: (V,3) f32 metres.
        triangles: (F,3) i32.
        opaque: (F,) u8: 2 where alpha is always over 1/100, 0 where it never is, 1 where a texture decides.
        double_sided: (F,) bool.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    opaque: np.ndarray
    double_sided: np.ndarray

    @cached_property
    def normals(self) -> np.ndarray:
        """Unit normals of the triangles, (F,3) float64; zeros where a triangle has no area."""
        a, b, c = (self.vertices[self.triangles[:, k]].astype(np.float64) for k in range(3))
        cross = np.cross(b - a, c - a)
        length = np.linalg.norm(cross, axis=1, keepdims=True)
        return np.divide(cross, length, out=np.zeros_like(cross), where=length > 0)

    @cached_property
    def areas(self) -> np.ndarray:
        """Areas of the triangles in square metres, (F,) float64."""
        a, b, c = (self.vertices[self.triangles[:, k]].astype(np.float64) for k in range(3))
        return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)

    def caster(self, kind: int) -> RayMeshIntersector | None:
        """Return a ray caster over the triangles of one opacity, or None where there are none."""
        chosen = self.triangles[self.opaque == kind]
        if not len(chosen):
            return None
        return RayMeshIntersector(Trimesh(self.vertices, chosen, process=False), scale_to_box=False)


@dataclass(frozen=True)
class TrackPoints:
    """Points on one object: `points` (P,3) f32 in its frame, `normals` (P,3), `double_sided` (P,) bool, and
    `doubtful` (P,) bool where a texture's alpha decides whether there is a surface at all."""

    points: np.ndarray
    normals: np.ndarray
    double_sided: np.ndarray
    doubtful: np.ndarray


def sample_points(rng: np.random.Generator, mesh: ObjectMesh, count: int) -> TrackPoints:
    """Draw `count` points evenly over the surface that can be seen from outside.

    Triangles whose alpha a texture decides are left out as long as there are others.
    """
    sure = mesh.opaque == ALWAYS_SEEN
    weights = mesh.areas * (sure if (mesh.areas * sure).sum() > 0 else mesh.opaque != NEVER_SEEN)
    if weights.sum() == 0:
        weights = mesh.areas
    number = CANDIDATES_PER_POINT * count
    faces = rng.choice(len(weights), size=number, p=weights / weights.sum())
    u, v = rng.uniform(size=(2, number, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = (mesh.vertices[mesh.triangles[faces, k]].astype(np.float64) for k in range(3))
    points = (a + u * (b - a) + v * (c - a)).astype(np.float32)
    seen = _seen_from_outside(mesh, points, mesh.normals[faces], mesh.double_sided[faces])
    order = np.concatenate([np.flatnonzero(seen), np.flatnonzero(~seen)])[:count]
    chosen = faces[order]
    return TrackPoints(
        points[order], mesh.normals[chosen], mesh.double_sided[chosen], mesh.opaque[chosen] != ALWAYS_SEEN
    )


def visible(
    tracks: Sequence[TrackPoints],
    meshes: Sequence[ObjectMesh],
    world_from_object: np.ndarray,
    world_from_camera: np.ndarray,
    masks: np.ndarray,
    depth: np.ndarray,
    px: np.ndarray,
) -> np.ndarray:
    """Tell in which frames each point can be seen, (T,P) bool, objects' points one after the other.

    A point is seen where it lies inside the frame, its face is turned to the camera or double-sided, and nothing
    counted by the pixel rule lies before 0.998 of the way to it. Surfaces whose alpha a texture decides count where
    the rendered depth shows them, as blockers and under a point of their own.

    Args:
        world_from_object: (T,N,4,4).
        world_from_camera: (T,4,4).
        masks: (T,H,W) u8, n+1 for object n.
        depth: rendered depth (T,H,W) in metres.
        px: projected points (T,P,2).
    """
    frames, height, width = depth.shape
    owner = np.repeat(np.arange(len(tracks)), [len(item.points) for item in tracks])
    with np.errstate(invalid="ignore"):
        result = (px >= 0).all(axis=-1) & (px < (width, height)).all(axis=-1)
    solid = [mesh.caster(ALWAYS_SEEN) for mesh in meshes]
    doubtful = [mesh.caster(UNSURE) for mesh in meshes]
    doubtful_points = np.concatenate([item.doubtful for item in tracks])
    for frame in range(frames):
        pose = world_from_camera[frame]
        camera = pose[:3, 3]
        points = np.concatenate([transform(world_from_object[frame, n], item.points) for n, item in enumerate(tracks)])
        normals = np.concatenate(
            [item.normals @ world_from_object[frame, n, :3, :3].T for n, item in enumerate(tracks)]
        )
        double_sided = np.concatenate([item.double_sided for item in tracks])
        facing = np.einsum("pc,pc->p", normals, camera - points) > 0
        result[frame] &= facing | double_sided
        doubted = np.flatnonzero(result[frame] & doubtful_points)
        shown = _shown(points[doubted], owner[doubted], px[frame, doubted], masks[frame], depth[frame], pose)
        result[frame, doubted[~shown]] = False
        asked = np.flatnonzero(result[frame])
        if not len(asked):
            continue
        for n in range(len(meshes)):
            object_from_world = invert_rigid(world_from_object[frame, n])
            origin = transform(object_from_world, camera)
            targets = transform(object_from_world, points[asked])
            blocked = np.zeros(len(asked), bool)
            if solid[n] is not None:
                blocked |= _first_hit(solid[n], origin, targets) < BLOCKED_BEFORE
            if doubtful[n] is not None:
                blocked |= _doubtful_hit(
                    doubtful[n],
                    origin,
                    targets,
                    px[frame, asked],
                    depth[frame],
                    pose,
                    points[asked],
                )
            result[frame, asked[blocked]] = False
    return result


def _shown(
    points: np.ndarray, owner: np.ndarray, px: np.ndarray, mask: np.ndarray, depth: np.ndarray, pose: np.ndarray
) -> np.ndarray:
    """Tell at which points' pixels the picture shows their own object at their depth; `pose` is world_from_camera."""
    columns, rows = np.floor(px).astype(int).T
    point_depth = (points - pose[:3, 3]) @ pose[:3, 2]
    return (mask[rows, columns] == owner + 1) & (np.abs(depth[rows, columns] / point_depth - 1) <= SAME_SURFACE)


def _first_hit(caster: RayMeshIntersector, origin: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return how far along the way from `origin` to each target the first surface lies, inf where there is none."""
    return _hits(caster, np.broadcast_to(origin, targets.shape), targets - origin)


def _hits(caster: RayMeshIntersector, origins: np.ndarray, ways: np.ndarray) -> np.ndarray:
    locations, rays, _ = caster.intersects_location(origins, ways, multiple_hits=False)
    along = np.full(len(ways), np.inf)
    length = np.linalg.norm(ways, axis=1)
    np.minimum.at(along, rays, np.linalg.norm(locations - origins[rays], axis=1) / length[rays])
    return along


def _doubtful_hit(
    caster: RayMeshIntersector,
    origin: np.ndarray,
    targets: np.ndarray,
    px: np.ndarray,
    depth: np.ndarray,
    world_from_camera: np.ndarray,
    points: np.ndarray,
) -> np.ndarray:
    """Tell for which targets the rendered picture shows a surface of uncertain alpha before them."""
    locations, rays, _ = caster.intersects_location(
        np.broadcast_to(origin, targets.shape), targets - origin, multiple_hits=True
    )
    along = np.linalg.norm(locations - origin, axis=1) / np.linalg.norm(targets[rays] - origin, axis=1)
    target_depth = (points - world_from_camera[:3, 3]) @ world_from_camera[:3, 2]
    columns, rows = np.floor(px).astype(int).T
    shown = depth[rows, columns]
    is_shown = np.abs(along * target_depth[rays] / shown[rays] - 1) < SAME_SURFACE
    blocked = np.zeros(len(targets), bool)
    blocked[rays[(along < BLOCKED_BEFORE) & is_shown]] = True
    return blocked


def _seen_from_outside(
    mesh: ObjectMesh, points: np.ndarray, normals: np.ndarray, double_sided: np.ndarray
) -> np.ndarray:
    """Tell which points some ray from far away reaches first, from the side that shows, (P,) bool."""
    caster = mesh.caster(ALWAYS_SEEN)
    if caster is None:
        return np.ones(len(points), bool)
    seen = np.zeros(len(points), bool)
    for direction in _sphere_directions(DIRECTIONS):
        asked = np.flatnonzero(
            ~seen & ((normals @ direction > 0.1) | (double_sided & (np.abs(normals @ direction) > 0.1)))
        )
        if not len(asked):
            continue
        origins = points[asked] + OUTSIDE_M * direction
        ways = np.broadcast_to(-OUTSIDE_M * direction, origins.shape)
        seen[asked] = _hits(caster, origins, ways) > 1 - SURFACE_TOLERANCE_M / OUTSIDE_M
    return seen


def _sphere_directions(count: int) -> np.ndarray:
    """Return unit vectors spread evenly over the sphere (Fibonacci lattice), (count,3)."""
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    angle = np.pi * (1 + 5**0.5) * k
    ring = np.sqrt(1 - z**2)
    return np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
