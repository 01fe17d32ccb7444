"""How much a material lets through, read from its nodes: the pixel rule counts alpha over 1/100."""

import bpy

OPAQUE = 2
UNKNOWN = 1
INVISIBLE = 0
THRESHOLD = 0.01

Range = tuple[float, float]
ANYTHING: Range = (0.0, 1.0)
SOLID: Range = (1.0, 1.0)


def material_opacity(material: bpy.types.Material) -> int:
    """OPAQUE where alpha is always > 0.01, INVISIBLE where it is constant and <= 0.01, else UNKNOWN."""
    tree = material.node_tree
    output = tree.get_output_node("CYCLES") if tree else None
    if output is None or not output.inputs["Surface"].is_linked:
        return OPAQUE if tree is None else UNKNOWN
    low, high = _closure(output.inputs["Surface"], depth=0)
    if low > THRESHOLD:
        return OPAQUE
    return INVISIBLE if high <= THRESHOLD else UNKNOWN


def _closure(socket: bpy.types.NodeSocket, depth: int) -> Range:
    """Range of alpha of the shader that feeds `socket`, as a camera ray sees it."""
    if not socket.is_linked or depth > 32:
        return (0.0, 0.0) if not socket.is_linked else ANYTHING
    node = socket.links[0].from_node
    match node.type:
        case "BSDF_PRINCIPLED":
            return _value(node.inputs["Alpha"], depth + 1)
        case "BSDF_TRANSPARENT":
            colour = node.inputs["Color"]
            return ANYTHING if colour.is_linked else _one_minus(sum(colour.default_value[:3]) / 3)
        case "MIX_SHADER":
            factor = _value(node.inputs[0], depth + 1)
            first, second = (_closure(node.inputs[k], depth + 1) for k in (1, 2))
            corners = [(1 - f) * a + f * b for f in factor for a in first for b in second]
            return min(corners), max(corners)
        case "ADD_SHADER":
            return ANYTHING
        case "REROUTE":
            return _closure(node.inputs[0], depth + 1)
        case "EMISSION" | "BACKGROUND":
            return SOLID
        case kind if kind.startswith("BSDF_") or kind in ("EEVEE_SPECULAR", "SUBSURFACE_SCATTERING"):
            return SOLID
    return ANYTHING


def _one_minus(value: float) -> Range:
    alpha = min(max(1.0 - value, 0.0), 1.0)
    return alpha, alpha


def _value(socket: bpy.types.NodeSocket, depth: int) -> Range:
    """Range of the number that feeds `socket`, clamped to [0, 1]."""
    if not socket.is_linked:
        constant = min(max(float(socket.default_value), 0.0), 1.0)
        return constant, constant
    if depth > 32:
        return ANYTHING
    link = socket.links[0]
    node = link.from_node
    match node.type:
        case "REROUTE":
            return _value(node.inputs[0], depth + 1)
        case "VALUE":
            constant = min(max(float(node.outputs[0].default_value), 0.0), 1.0)
            return constant, constant
        case "LIGHT_PATH" if link.from_socket.identifier == "Is Camera Ray":
            return SOLID
        case "TEX_IMAGE" if link.from_socket.identifier == "Alpha" and _has_no_alpha(node.image):
            return SOLID
    return ANYTHING


def _has_no_alpha(image: bpy.types.Image | None) -> bool:
    return image is not None and (image.alpha_mode == "NONE" or image.depth in (8, 24))
