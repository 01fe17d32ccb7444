"""Small glTF files made by hand, so that a test can break one thing at a time."""

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint16)


def document(positions: np.ndarray = TETRAHEDRON, faces: np.ndarray = FACES) -> tuple[dict[str, Any], bytes]:
    """A glTF document with one mesh in one node, and its binary buffer."""
    binary = positions.astype("<f4").tobytes() + faces.astype("<u2").tobytes()
    views = [
        {"buffer": 0, "byteOffset": 0, "byteLength": positions.nbytes},
        {"buffer": 0, "byteOffset": positions.nbytes, "byteLength": faces.nbytes},
    ]
    accessors = [
        {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": len(positions),
         "min": [0, 0, 0], "max": [1, 1, 1]},
        {"bufferView": 1, "componentType": 5123, "type": "SCALAR", "count": faces.size},
    ]  # fmt: skip
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }, binary


def glb_bytes(json_part: dict[str, Any] | bytes, binary: bytes) -> bytes:
    """A GLB file of a document (or of raw JSON text) and its buffer."""
    text = json_part if isinstance(json_part, bytes) else json.dumps(json_part).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def write_glb(path: Path, json_part: dict[str, Any] | bytes, binary: bytes) -> Path:
    """Write a GLB file and return its path."""
    path.write_bytes(glb_bytes(json_part, binary))
    return path


def data_uri(data: bytes) -> str:
    """A base64 data URI of a buffer."""
    return "data:application/octet-stream;base64," + base64.b64encode(data).decode()
