"""Shader nodes in few words; sockets are addressed in ways that Blender 4.5 and 5 share."""

from typing import Any

import bpy

Socket = bpy.types.NodeSocket
Colour = tuple[float, float, float]
Value = float | Socket


class Graph:
    """The node tree of one material or world, emptied to be built anew."""

    def __init__(self, owner: bpy.types.Material | bpy.types.World) -> None:
        owner.use_nodes = True
        self.tree = owner.node_tree
        self.tree.nodes.clear()

    def add(self, kind: str, inputs: dict[str | int, Any] | None = None, **settings: Any) -> bpy.types.Node:
        """Add the node ``ShaderNode{kind}``; inputs are sockets to link, numbers, vectors or RGB colours."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in settings.items():
            setattr(node, name, value)
        for name, value in (inputs or {}).items():
            self._feed(node.inputs[name], value)
        return node

    def math(self, operation: str, first: Value, second: Value = 0.0, clamp: bool = False) -> Socket:
        """Return ``operation(first, second)`` of two numbers."""
        return self.add("Math", {0: first, 1: second}, operation=operation, use_clamp=clamp).outputs[0]

    def vector(self, operation: str, first: Any, second: Any = (0.0, 0.0, 0.0)) -> Socket:
        """Return ``operation(first, second)`` of two vectors."""
        return self.add("VectorMath", {0: first, 1: second}, operation=operation).outputs["Vector"]

    def scaled(self, vector: Any, factor: Value) -> Socket:
        """Return a vector or colour times a number."""
        return self.add("VectorMath", {0: vector, "Scale": factor}, operation="SCALE").outputs["Vector"]

    def stretched(self, vector: Socket, x: float, y: float) -> Socket:
        """Return a vector with x and y multiplied."""
        return self.vector("MULTIPLY", vector, (x, y, 1.0))

    def mix(self, factor: Value, first: Any, second: Any) -> Socket:
        """Return ``first`` where the factor is 0 and ``second`` where it is 1, as a colour."""
        node = self.add("Mix", data_type="RGBA")
        for index, value in ((0, factor), (6, first), (7, second)):
            self._feed(node.inputs[index], value)
        return node.outputs[2]

    def ramp(self, value: Value, low: float, high: float, at_low: float = 0.0, at_high: float = 1.0) -> Socket:
        """Return ``at_low`` up to `low`, ``at_high`` from `high` on, and a straight line between."""
        inputs = {"Value": value, "From Min": low, "From Max": high, "To Min": at_low, "To Max": at_high}
        return self.add("MapRange", inputs).outputs["Result"]

    def noise(self, vector: Socket, scale: float, detail: float = 0.0, distortion: float = 0.0) -> bpy.types.Node:
        """Add 2-D gradient noise in 0 to 1 about 1/2: outputs[0] is a number, outputs["Color"] three."""
        inputs = {"Vector": vector, "Scale": scale, "Detail": detail, "Roughness": 0.55, "Distortion": distortion}
        return self.add("TexNoise", inputs, noise_dimensions="2D")

    def bricks(
        self, vector: Socket, width: float, height: float, joint: float, offset: float, joint_smooth: float = 0.1
    ) -> bpy.types.Node:
        """Add rows of bricks: outputs["Color"] is a random grey per brick, outputs[1] is 1 in the joints."""
        inputs = {
            "Vector": vector,
            "Scale": 1.0,
            "Brick Width": width,
            "Row Height": height,
            "Mortar Size": joint,
            "Mortar Smooth": joint_smooth,
            "Color1": (0.0, 0.0, 0.0),
            "Color2": (1.0, 1.0, 1.0),
            "Mortar": (0.5, 0.5, 0.5),
        }
        return self.add("TexBrick", inputs, offset=offset, squash=1.0)

    def _feed(self, socket: Socket, value: Any) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif socket.type == "RGBA":
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value
