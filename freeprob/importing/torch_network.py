"""Networks of PyTorch as graphs."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from operator import attrgetter
from typing import Any

from ..algebra.symbols import Size
from ..errors import FreeprobError, ShapeError, UnsupportedModel
from ..language.ensembles.gaussian import gaussian
from ..language.expression import Dimension, Expression
from .letters import Letters
from .network import ImportedNetwork
from .optional import load
from .reader import Reader
from .registry import find_layer, find_operation, layer_names, operation_names
from .unsupported import reason_and_remedy
from .values import Parameter
from .widths import Widths

__all__ = ["from_torch", "read_torch"]

_MODES = ("limit", "measured")


def from_torch(
    module: Any,
    input: Expression | None = None,
    *,
    sizes: Mapping[int, Dimension] | None = None,
    initialisation: str = "limit",
) -> Expression:
    r"""Return the graph of an initialised PyTorch network, with the law of its weights.

    The module is traced by ``torch.fx``. Each tensor of weights becomes a Gaussian or Haar distributed matrix, with the
    variance of its entries; the hypotheses (centred, iid or orthogonal) are tested on the entries.

    Parameters
    ----------
    module : torch.nn.Module
        Of linear layers, entrywise functions, sums, products (gates), concatenation, and what else
        ``freeprob.importing.operations`` holds. Dropout must be in evaluation mode.
    input : Expression, shape (d, n) or (d, 1), optional
        The data; columns are samples (rows, in torch). By default ``fp.gaussian(d, n)``.
    sizes : mapping of int to Size, optional
        Sizes of widths, for example ``{300: p}``. Equal widths are one size; the size of the input's width is that of
        ``input``, that of another width 300 is named ``p_300``. A width of 1 stays 1.
    initialisation : {"limit", "measured"}
        ``"limit"``: a tensor that is indistinguishable from a well-known initialiser (that of ``nn.Linear``, Kaiming,
        Xavier, orthogonal) has the initialiser's exact variance, and biases that vanish as widths grow (mean square at
        most 1/fan in, the default of ``nn.Linear`` included) are left out. ``"measured"``: variances are those of the
        tensors at hand, six digits, and no bias is left out.

    Returns
    -------
    Expression, shape (features, n)
        The variance of an entry is ``1/(3 d)`` where the default of ``nn.Linear(d, p)`` was found: factors
        ``1/sqrt(d)`` are part of the graph. A tensor that is used twice is one matrix, in one network or in several.

    Raises
    ------
    MissingDependency
        If PyTorch is not installed: ``pip install 'freeprob[torch]'``.
    UnsupportedModel
        If ``torch.fx`` cannot trace the module, an operation has no counterpart, or weights do not look freshly
        initialised; the message names the node.
    ShapeError
        If one size would be two widths.

    Notes
    -----
    Weights need not be Gaussian: the limit is universal for iid entries (Bai and Silverstein 2010; Hu and Lu 2023). The
    law of a bias is not universal; it must look normal, or be one number. ``fp.importing.read_torch`` also returns the
    widths by name, and what was found of each tensor.

    Examples
    --------
    >>> import freeprob as fp
    >>> from torch import nn                                                # doctest: +SKIP
    >>> n, d, p = fp.sizes("n d p")
    >>> X = fp.gaussian(d, n, name="X")
    >>> module = nn.Sequential(nn.Linear(200, 300), nn.ReLU())              # doctest: +SKIP
    >>> fp.from_torch(module, X, sizes={300: p})                            # doctest: +SKIP
    relu(sqrt(3) * W_1 @ X / (3*sqrt(d)))
    """
    return read_torch(module, input, sizes=sizes, initialisation=initialisation).output


def read_torch(
    module: Any,
    input: Expression | None = None,
    *,
    sizes: Mapping[int, Dimension] | None = None,
    initialisation: str = "limit",
) -> ImportedNetwork:
    """Return the graph of a PyTorch network, its widths, and what was found of its weights.

    Parameters and errors are those of :func:`freeprob.from_torch`.

    Returns
    -------
    ImportedNetwork
        ``law.at(n=1000, **network.sizes)`` has all sizes but the number of samples; ``print(network)`` shows the law of
        each tensor.

    Examples
    --------
    >>> import freeprob as fp
    >>> from torch import nn                                                # doctest: +SKIP
    >>> network = fp.importing.read_torch(nn.Linear(200, 300))              # doctest: +SKIP
    >>> network.sizes                                                       # doctest: +SKIP
    {'d': 200, 'p_300': 300}
    """
    torch = load("torch", "fp.from_torch", "torch")
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"fp.from_torch needs a torch.nn.Module, not {type(module).__name__}")
    if initialisation not in _MODES:
        raise ValueError(f"initialisation={initialisation!r}; there are {', '.join(map(repr, _MODES))}")
    data = gaussian(Size("d"), Size("n"), name="X") if input is None else input
    if not isinstance(data, Expression):
        raise TypeError(f"the input of fp.from_torch must be an expression, not {type(data).__name__}")
    if len(data.rows) != 1 or len(data.columns) != 1:
        raise ShapeError(f"the input of fp.from_torch must have one kind of rows and columns, not {data.shape_text}")
    widths = Widths(sizes)
    reader = Reader(widths, Letters(widths, initialisation == "limit"))
    output = _Interpreter(torch, module, reader).run(data)
    return ImportedNetwork(output, data, widths.numbers, tuple(reader.letters.found))


class _Interpreter:
    """Runs the graph of ``torch.fx`` on expressions."""

    def __init__(self, torch: Any, module: Any, reader: Reader) -> None:
        self.torch, self.reader = torch, reader
        is_layer = type(module).__module__.startswith("torch.nn") and not isinstance(module, torch.nn.Sequential)
        self.root = torch.nn.Sequential(module) if is_layer else copy(module)  # a trace leaves constants behind
        self.values: dict[Any, Any] = {}
        self.used_input = False

    def run(self, data: Expression) -> Expression:
        for node in self.trace().nodes:
            self.reader.place = self.place(node)
            try:
                self.values[node] = self.value(node, data)
            except FreeprobError as error:
                if str(error).startswith("from_torch:"):
                    raise
                raise type(error)(f"from_torch: {self.reader.place}: {error}") from error
            if node.op == "output":
                return self.values[node]
        raise UnsupportedModel("from_torch: the module has no output")

    def place(self, node: Any) -> str:
        """Return what a node is, for messages."""
        if node.op == "call_module":
            return f"the layer '{node.target}' ({type(self.root.get_submodule(node.target)).__name__})"
        return "the output" if node.op == "output" else f"the node '{node.name}'"

    def trace(self) -> Any:
        is_lazy = self.torch.nn.parameter.is_lazy
        lazy = next((path for path, tensor in self.root.named_parameters() if is_lazy(tensor)), None)
        if lazy is not None:
            raise UnsupportedModel(f"from_torch: {lazy} has no numbers yet. Remedy: call the module once on data")
        hooked = next((path for path, child in self.root.named_modules() if _hooks(child)), None)
        if hooked is not None:
            raise UnsupportedModel(
                f"from_torch: the module {hooked or 'itself'} has forward hooks, which a trace does not see. Remedy: "
                "remove them (old-style weight_norm and spectral_norm are hooks, too)"
            )
        try:
            return self.torch.fx.symbolic_trace(self.root).graph
        except Exception as error:  # whatever the module's own code raises on a proxy
            raise UnsupportedModel(
                f"from_torch: torch.fx cannot trace {type(self.root).__name__}: {type(error).__name__}: {error}. "
                "Remedy: no control flow that depends on the data, and no functions of other libraries on tensors"
            ) from error

    def value(self, node: Any, data: Expression) -> Any:
        if node.op == "placeholder":
            return self.placeholder(node, data)
        if node.op == "get_attr":
            return self.parameter(attrgetter(node.target)(self.root), node.target)
        arguments = self.known(node.args)
        keywords = self.known(node.kwargs)
        if node.op == "output":
            (result,) = arguments
            if isinstance(result, (tuple, list, dict)):
                self.reader.refuse(f"the module returns a {type(result).__name__}", "a module with one output")
            return self.reader.features(result)
        if node.op == "call_module":
            return self.layer(node, arguments, keywords)
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        operation = find_operation(name)
        if operation is None:
            close = ", ".join(n for n in operation_names() if n[:3] == name[:3])
            self.reader.refuse(
                f"the operation {name} has no counterpart here",
                "linear layers, entrywise functions, sums and products" + (f"; there are {close}" if close else ""),
            )
        in_place = (name.endswith("_") and not name.endswith("__")) or bool(keywords.get("inplace"))
        self.check_in_place(node, in_place or name in ("iadd", "isub", "imul", "itruediv"))
        return operation(self.reader, *arguments, **keywords)

    def placeholder(self, node: Any, data: Expression) -> Any:
        if not self.used_input:
            self.used_input = True
            return data
        if node.args:
            return node.args[0]  # the default value
        self.reader.refuse(
            "the module has a second input", "a module with one input; fp.block for several kinds of rows"
        )

    def layer(self, node: Any, arguments: Any, keywords: Any) -> Any:
        child = self.root.get_submodule(node.target)
        kind = type(child).__name__
        layer = find_layer(kind)
        if layer is None:
            self.reader.refuse(*reason_and_remedy(kind, layer_names()))
        operation = find_operation(layer.operation)
        if operation is None:
            raise LookupError(f"the layer {kind} names the operation {layer.operation}, which does not exist")
        self.check_in_place(node, bool(getattr(child, "inplace", False)))
        own = [self.parameter(getattr(child, name), f"{node.target}.{name}") for name in layer.attributes]
        return operation(self.reader, *arguments, *own, **keywords)

    def parameter(self, value: Any, path: str) -> Any:
        """Return a tensor as a parameter; other attributes stand for themselves."""
        if not isinstance(value, self.torch.Tensor):
            return value
        if value.device.type == "meta":
            self.reader.refuse(f"{path} has no numbers yet", "module.to_empty(device='cpu'), and initialise it")
        if value.is_complex() or not value.dtype.is_floating_point:
            if value.numel() == 1 and not value.is_complex():
                return value.item()
            self.reader.refuse(f"{path} is of type {value.dtype}", "real parameters")
        return Parameter(value, path)

    def known(self, tree: Any) -> Any:
        node_type = self.torch.fx.Node
        if isinstance(tree, node_type):
            return self.values[tree]
        if isinstance(tree, (tuple, list)):
            return tuple(self.known(part) for part in tree)
        if isinstance(tree, Mapping):
            return {key: self.known(part) for key, part in tree.items()}
        if isinstance(tree, slice):
            return slice(*(self.known(part) for part in (tree.start, tree.stop, tree.step)))
        return tree

    def check_in_place(self, node: Any, in_place: bool) -> None:
        """Refuse to overwrite what is used elsewhere; a trace does not see it."""
        changed = next(iter(node.all_input_nodes), None)
        if in_place and changed is not None and len(changed.users) > 1:
            self.reader.refuse(
                f"it works in place on {changed.name}, which is used elsewhere", "the variant that is not in place"
            )


def _hooks(module: Any) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks)
