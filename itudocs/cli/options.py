"""Options that many verbs have, so that they are spelt and explained alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

IN = Path("archive")

Archive = Annotated[
    Path, typer.Option("--archive", "-a", envvar="ITUDOCS_ARCHIVE", metavar="DIR", help="The archive's folder.")
]
Workers = Annotated[int, typer.Option(min=0, metavar="N", help="Processes that parse; 0 is one a processor.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
