"""Heat maps: a number over two parameters, such as the phase diagram of an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .plot import INK, empty_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["heat_map"]

_MAP = "viridis"


def heat_map(
    x: Any,
    y: Any,
    table: Any,
    *,
    x_label: str = "",
    y_label: str = "",
    label: str = "",
    title: str = "",
    log_x: bool | None = None,
    log_y: bool | None = None,
    log: bool | None = None,
) -> Figure:
    """Draw a number over two parameters.

    Infinite values are left in the colour of the text, and the scale of colours is that of the finite ones.

    Parameters
    ----------
    x : array_like, shape (columns,)
    y : array_like, shape (rows,)
    table : array_like, shape (rows, columns)
        ``number.curve(y=y[:, None], x=x)``.
    x_label, y_label, label, title : str
        ``label`` is that of the scale of colours.
    log_x, log_y, log : bool, optional
        Logarithmic axes and colours; by default where all values are positive and spread over a factor of 20.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shapes do not fit, an axis is not increasing, or a value is not a number.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.export.heat_map import heat_map
    >>> x, y = np.linspace(0, 1, 20), np.geomspace(0.01, 10, 10)
    >>> figure = heat_map(x, y, x + y[:, None], x_label="x", y_label="y", label="x + y")
    >>> figure.axes[0].get_yscale(), figure.axes[0].get_xscale()
    ('log', 'linear')
    """
    from matplotlib.colors import LogNorm, Normalize

    x, y, table = (np.asarray(v, dtype=float) for v in (x, y, table))
    if x.ndim != 1 or y.ndim != 1 or table.shape != (len(y), len(x)):
        raise ValueError(f"a table of shape {(len(y), len(x))} is needed over these axes, not {table.shape}")
    for name, axis in ((x_label or "x", x), (y_label or "y", y)):
        if len(axis) < 2 or not (np.diff(axis) > 0).all():
            raise ValueError(f"the axis {name} must have at least two values that increase")
    finite = table[np.isfinite(table)]
    if np.isnan(table).any() or not finite.size:
        raise ValueError("a heat map needs numbers, at least one of them finite")
    log_x, log_y, log = (
        bool(values.min() > 0 and values.max() > 20 * values.min()) if asked is None else asked
        for asked, values in ((log_x, x), (log_y, y), (log, finite))
    )
    with style():
        figure, axes = empty_figure(title, x_label, y_label)
        norm = (LogNorm if log else Normalize)(finite.min(), finite.max())
        shown = np.ma.masked_invalid(table)
        axes.set_facecolor(INK)
        image = axes.pcolormesh(
            _ends(x, log_x), _ends(y, log_y), shown, norm=norm, cmap=_MAP, rasterized=True, shading="flat"
        )
        axes.set_xscale("log" if log_x else "linear")
        axes.set_yscale("log" if log_y else "linear")
        figure.colorbar(image, ax=axes, label=label)
    return figure


def _ends(places: np.ndarray, log: bool) -> np.ndarray:
    """Return the ends of cells around places on an axis."""
    at = np.log(places) if log else places
    inner = (at[1:] + at[:-1]) / 2
    ends = np.concatenate([[2 * at[0] - inner[0]], inner, [2 * at[-1] - inner[-1]]])
    return np.exp(ends) if log else ends
