"""glTF and GLB: header, JSON, buffers, images, accessors and nodes, before Blender opens the file."""

import base64
import binascii
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np

from blender_gen.objects.safety.accessors import COMPRESSED_VIEWS, Accessors
from blender_gen.objects.safety.images import check_image
from blender_gen.objects.safety.references import find_uri
from blender_gen.objects.safety.refusal import Limits, ObjectRefused

MAGIC = b"glTF"
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942


def check_gltf(path: Path, limits: Limits) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the files that a glTF or GLB file refers to, and warnings.

    Raises:
        ObjectRefused: the file is damaged, unsafe, or shows no mesh.
    """
    data = path.read_bytes()
    if path.suffix.lower() == ".glb" and not data.startswith(MAGIC):
        raise ObjectRefused("not a glTF binary (bad magic)")
    try:
        text, binary = _chunks(data) if data.startswith(MAGIC) else (data, None)
        document = _parse(text, limits)
        if not str(document.get("asset", {}).get("version", "2")).startswith("2"):
            raise ObjectRefused(f"glTF version {document['asset']['version']}: only version 2 is read")
        files: list[Path] = []
        buffers = _buffers(document, binary, path.parent, limits, files)
        _check_images(document, buffers, path.parent, limits, files)
        accessors = Accessors(document, buffers, limits)
        accessors.check_all()
        _check_nodes(document)
        _check_meshes(document, accessors, limits)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ObjectRefused(f"malformed glTF: {type(error).__name__} at {error}") from error
    return tuple(dict.fromkeys(files)), ()


def _chunks(data: bytes) -> tuple[bytes, bytes | None]:
    """JSON and binary chunk of a GLB file."""
    if len(data) < 20:
        raise ObjectRefused("file is shorter than a glTF header")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise ObjectRefused(f"glTF binary version {version}: only version 2 is read")
    if length > len(data):
        raise ObjectRefused(f"file is shorter than its header says: {len(data):,} bytes of {length:,}")
    if length < len(data):
        raise ObjectRefused(f"file is longer than its header says: {len(data):,} bytes for {length:,}")
    chunks: dict[int, bytes] = {}
    position = 12
    while position + 8 <= length:
        size, kind = struct.unpack_from("<II", data, position)
        if position + 8 + size > length:
            raise ObjectRefused("a chunk reaches past the end of the file")
        chunks.setdefault(kind, data[position + 8 : position + 8 + size])
        position += 8 + size
    if JSON_CHUNK not in chunks:
        raise ObjectRefused("the glTF binary holds no JSON")
    return chunks[JSON_CHUNK], chunks.get(BINARY_CHUNK)


def _parse(text: bytes, limits: Limits) -> Mapping[str, Any]:
    if sum(text.count(mark) for mark in b",[{") > limits.json_values:
        raise ObjectRefused(f"too large: its JSON holds more than {limits.json_values:,} values")

    def refuse(name: str) -> None:
        raise ObjectRefused(f"its JSON holds {name}, which is not a number")

    try:
        document = json.loads(text.decode("utf-8"), parse_constant=refuse)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ObjectRefused("its JSON cannot be read") from error
    if not isinstance(document, dict):
        raise ObjectRefused("its JSON is not a glTF document")
    return document


def _buffers(
    document: Mapping[str, Any], binary: bytes | None, folder: Path, limits: Limits, files: list[Path]
) -> list[bytes | None]:
    buffers: list[bytes | None] = []
    for index, buffer in enumerate(document.get("buffers", ())):
        uri = buffer.get("uri")
        if uri is not None:
            data = _resource(uri, folder, "external buffer", limits, files)
        elif index == 0 and binary is not None:
            data = binary
        elif any(name in buffer.get("extensions", {}) for name in COMPRESSED_VIEWS):
            buffers.append(None)
            continue
        else:
            raise ObjectRefused(f"buffer {index} names no data")
        if buffer["byteLength"] > len(data):
            raise ObjectRefused(f"buffer {index} is cut off: {len(data):,} bytes of {buffer['byteLength']:,}")
        buffers.append(data)
    return buffers


def _check_images(
    document: Mapping[str, Any],
    buffers: list[bytes | None],
    folder: Path,
    limits: Limits,
    files: list[Path],
) -> None:
    for index, image in enumerate(document.get("images", ())):
        name = f"{index} ({image.get('name') or image.get('uri', 'embedded')[:40]})"
        if "uri" in image:
            check_image(_resource(image["uri"], folder, "external image", limits, files), name, limits)
        if "bufferView" in image:
            view = document["bufferViews"][image["bufferView"]]
            buffer = buffers[view["buffer"]]
            start, length = view.get("byteOffset", 0), view["byteLength"]
            if buffer is None or start < 0 or length <= 0 or start + length > len(buffer):
                raise ObjectRefused(f"image {name} reaches past the end of its buffer")
            check_image(buffer[start : start + length], name, limits)


def _resource(uri: Any, folder: Path, what: str, limits: Limits, files: list[Path]) -> bytes:
    """Bytes of a data URI or of a file, which is added to `files`."""
    if not isinstance(uri, str):
        raise ObjectRefused(f"malformed glTF: {uri!r} where a URI was expected")
    if not uri.startswith("data:"):
        file = find_uri(uri, folder, what, limits)
        files.append(file)
        return file.read_bytes()
    head, comma, body = uri.partition(",")
    if not comma:
        raise ObjectRefused(f"{what}: a data URI without data")
    try:
        return base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
    except binascii.Error as error:
        raise ObjectRefused(f"{what}: a data URI that is not base64") from error


def _check_nodes(document: Mapping[str, Any]) -> None:
    """Nodes must form trees and hold finite transforms."""
    nodes = document.get("nodes", [])
    parents: dict[int, int] = {}
    for index, node in enumerate(nodes):
        for child in node.get("children", ()):
            if child in parents or not 0 <= child < len(nodes):
                raise ObjectRefused(f"node {child} has two parents or does not exist")
            parents[child] = index
        for name in ("matrix", "translation", "rotation", "scale"):
            if name in node and not np.isfinite(np.array(node[name], np.float64)).all():
                raise ObjectRefused(f"node {index} has a {name} that is not finite")
    waiting = [index for index in range(len(nodes)) if index not in parents]
    reached = 0
    while waiting:
        reached += 1
        waiting += nodes[waiting.pop()].get("children", ())
    if reached < len(nodes):
        raise ObjectRefused("its nodes form a loop")


def _check_meshes(document: Mapping[str, Any], accessors: Accessors, limits: Limits) -> None:
    meshes = document.get("meshes", ())
    shown = [(node["mesh"], _instances(node, document)) for node in document.get("nodes", ()) if "mesh" in node]
    if not meshes or not shown:
        raise ObjectRefused("no mesh: it holds nothing that can be seen (lights, cameras and empty nodes only)")
    sizes = []
    for mesh in meshes:
        size = 0
        for primitive in mesh["primitives"]:
            attributes = primitive["attributes"]
            if "POSITION" not in attributes:
                continue
            count = accessors.check_positions(attributes["POSITION"])
            size += count
            if "indices" in primitive and "KHR_draco_mesh_compression" not in primitive.get("extensions", {}):
                accessors.check_indices(primitive["indices"], count)
            for target in primitive.get("targets", ()):
                if "POSITION" in target:
                    accessors.check_positions(target["POSITION"], "shape key offsets")
        sizes.append(size)
    vertices = sum(sizes[mesh] * instances for mesh, instances in shown)
    limits.check_vertices(vertices)
    if not vertices:
        raise ObjectRefused("no mesh: its meshes have no vertices")


def _instances(node: Mapping[str, Any], document: Mapping[str, Any]) -> int:
    """How often a node shows its mesh."""
    attributes = node.get("extensions", {}).get("EXT_mesh_gpu_instancing", {}).get("attributes", {})
    return max([1, *(document["accessors"][index]["count"] for index in attributes.values())])
