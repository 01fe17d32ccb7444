"""What `posetraj objects check` prints."""

from collections.abc import Sequence

from blender_gen.objects.record import ObjectRecord


def format_intake(records: Sequence[ObjectRecord]) -> str:
    """Return a line per file, then the count: state, file, front, size in metres as stored, reason or warnings."""
    width = max((len(_plain(record.file)) for record in records), default=0)
    accepted = [record for record in records if record.accepted]
    unknown = sum(not record.front_known for record in accepted)
    lines = [_line(record, width) for record in records]
    if not records:
        return "there are no glb, gltf, obj, stl, ply or fbx files; name a folder that holds some"
    summary = f"{len(accepted)} of {len(records)} files accepted"
    if unknown:
        summary += f"; the front of {unknown} is not known (name it in a catalog.csv, column front)"
    return "\n".join([*lines, summary])


def _line(record: ObjectRecord, width: int) -> str:
    name = _plain(record.file).ljust(width)
    if not record.accepted:
        return f"rejected  {name}  {_plain(record.reason or '')}"
    front = record.front_axis if record.front_known else "?"
    size = " x ".join(f"{length:.4g}" for length in record.imported_dims)
    notes = "".join(f"; {_plain(warning)}" for warning in record.warnings)
    return f"accepted  {name}  front {front:>2}  {record.triangles:>7,} triangles  {size}{notes}"


def _plain(text: str) -> str:
    """Text without the characters that steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
