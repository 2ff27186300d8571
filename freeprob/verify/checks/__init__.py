"""One check a file; every file of this folder is found by itself."""

from __future__ import annotations

import importlib
import pkgutil

for _file in sorted(info.name for info in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_file}")
