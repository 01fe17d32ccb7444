"""Procedural objects as files: one GLB for each variant of each kind, and a catalogue."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import trimesh
from trimesh.visual.material import PBRMaterial

from blender_gen.bundled.kinds import KINDS
from blender_gen.bundled.parts import Material, Parts
from blender_gen.bundled.projection import Surface, unwrapped
from blender_gen.bundled.shapes import creased, joined
from blender_gen.bundled.textures import image
from blender_gen.rng import generator
from dataset_tools.atomic import write_bytes

COLUMNS = ("file", "name", "category", "symmetric", "front", "licence", "author", "source", "unit")
# glTF: y up, and by its own convention the front along +z, which Blender imports as -Y.
GLTF_FROM_OBJECT = np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
FRONT = "-Y"


def write_bundled(folder: Path, seed: int, variants_per_kind: int) -> None:
    """Write `variants_per_kind` GLB files of each kind, and catalog.csv, into `folder`.

    Variant k of a kind depends on (seed, kind, k) alone, and its bytes are the same each time.
    """
    table = io.StringIO()
    rows = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for kind, (category, _) in KINDS.items():
        for variant in range(variants_per_kind):
            file = f"{kind}_{variant:02d}.glb"
            write_bytes(folder / file, _variant(seed, kind, variant))
            rows.writerow(
                {
                    "file": file,
                    "name": f"{kind} {variant}",
                    "category": category,
                    "symmetric": "no",
                    "front": FRONT,
                    "licence": "CC0-1.0",
                    "author": "PoseTraj",
                    "source": "procedural",
                    "unit": kind,
                }
            )
    write_bytes(folder / "catalog.csv", table.getvalue().encode())


def write_one_bundled(folder: Path, seed: int, file: str) -> None:
    """Write the file of that name as `write_bundled` would; nothing where it writes none of that name."""
    name = re.fullmatch(r"([a-z_]+)_([0-9]{2,4})\.glb", file)
    if name and name[1] in KINDS:
        write_bytes(folder / file, _variant(seed, name[1], int(name[2])))


def _variant(seed: int, kind: str, variant: int) -> bytes:
    return glb(KINDS[kind][1](generator(seed, "bundled", kind, variant)))


def glb(parts: Parts) -> bytes:
    """GLB bytes of an object's parts, one mesh for each material, with normals and texture coordinates."""
    scene = trimesh.Scene()
    for number, material in enumerate(dict.fromkeys(part.material for part in parts)):
        surfaces = _surfaces([part.solid for part in parts if part.material == material], material)
        starts = np.cumsum([0, *(len(surface.vertices) for surface in surfaces[:-1])])
        shown = trimesh.Trimesh(
            np.concatenate([surface.vertices for surface in surfaces]) @ GLTF_FROM_OBJECT[:3, :3].T,
            np.concatenate([surface.faces + start for surface, start in zip(surfaces, starts, strict=True)]),
            vertex_normals=np.concatenate([surface.normals for surface in surfaces]) @ GLTF_FROM_OBJECT[:3, :3].T,
            process=False,
        )
        uv = np.concatenate([surface.uv for surface in surfaces]) if material.texture else None
        shown.visual = trimesh.visual.TextureVisuals(uv=uv, material=_pbr(material))
        name = f"{number:02d} {material.name}"  # materials may share a name
        scene.add_geometry(shown, geom_name=name, node_name=name)
    return scene.export(file_type="glb", include_normals=True)


def _surfaces(solids: list[trimesh.Trimesh], material: Material) -> list[Surface]:
    """One for all solids (quicker), or one for each where the texture is wrapped around it."""
    texture = material.texture
    if texture and texture.projection.startswith("around"):
        return [unwrapped(creased(solid), texture) for solid in solids]
    smooth = creased(joined(solids))
    if texture:
        return [unwrapped(smooth, texture)]
    return [Surface(smooth.vertices, smooth.vertex_normals, smooth.faces, None)]


def _pbr(material: Material) -> PBRMaterial:
    return PBRMaterial(
        name=material.name,
        baseColorFactor=[*((1.0, 1.0, 1.0) if material.texture else material.colour), 1.0],
        baseColorTexture=image(material.texture) if material.texture else None,
        metallicFactor=material.metallic,
        roughnessFactor=material.roughness,
        emissiveFactor=list(material.emission),
    )
