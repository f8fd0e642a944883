"""A SKU's spec as text, "颜色:白;尺码:L", and the options of its product. Pure."""

from collections.abc import Sequence

Options = tuple[tuple[str, tuple[str, ...]], ...]


def parts(spec: str) -> dict[str, str]:
    """The spec's values by option."""
    return dict(part.split(":", 1) for part in spec.split(";") if ":" in part)


def values_of(spec: str, names: Sequence[str]) -> tuple[str, ...]:
    """Its value of each of these options; "" where it has none."""
    told = parts(spec)
    return tuple(told.get(name, "") for name in names)


def options_of(kept: Sequence[Sequence[object]], specs: Sequence[str]) -> Options:
    """The options of a product: those it keeps, else what its SKUs say where they all speak of the same options.

    SKUs that came with a platform's file have specs, but nobody told their product its options.
    """
    if kept:
        return tuple((str(name), tuple(str(value) for value in values)) for name, values in kept)  # type: ignore[attr-defined]
    told = [parts(spec) for spec in specs]
    if not told or not told[0] or any(tuple(one) != tuple(told[0]) for one in told):
        return ()
    return tuple((name, tuple(dict.fromkeys(one[name] for one in told))) for name in told[0])
