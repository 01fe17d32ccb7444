"""Object records that need no file, for tests of what is drawn from them."""

from blender_gen.objects import ObjectRecord


def record(name: str, size: tuple[float, float, float] = (1.0, 0.5, 0.4), front_known: bool = True) -> ObjectRecord:
    """Return an accepted object of this size."""
    return ObjectRecord(
        asset_id=name,
        file=f"{name}.glb",
        state="accepted",
        reason=None,
        sha256=name * 4,
        name=name,
        category="solid",
        source="test",
        licence="CC0-1.0",
        author="tests",
        unit=name,
        symmetric=False,
        front_known=front_known,
        front_axis="-Y",
        box_size=size,
        object_from_asset=((1.0, 0, 0, 0), (0, 1.0, 0, 0), (0, 0, 1.0, 0), (0, 0, 0, 1.0)),
    )
