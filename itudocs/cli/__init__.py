"""The command line: ten lines a verb around a library call. Nothing imports it.

app        the verbs and their options
outward    the verbs that take letters out: events, export, cite
correcting the verbs of corrections
knowing    the verbs of what letters say of each other
serving    the verb that serves the page
searching  what `search` does beside searching, and its sisters
options    options that many verbs have
frame      what all verbs have in common: errors and exit codes, progress
views      records, letters and results as people read them
terminal   what reaches the terminal: harmless, data on stdout, talk on stderr
demo       a tour in the verbs' own words
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code: 0 found, 1 nothing found, 2 usage or trouble, 3 damaged."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # nothing here multiplies matrices: threads for it only take time
    gc.set_threshold(50_000)  # what is imported stays: looking for garbage among it takes a tenth of a search
    try:
        from itudocs.cli.app import app
        from itudocs.cli.terminal import close_quietly, prepare

        prepare()
        app(prog_name="itudocs")
    except KeyboardInterrupt:  # outside a verb
        sys.exit(130)
    except OSError as error:  # likewise: help that cannot be written
        close_quietly()
        print(f"itudocs: cannot write ({error.strerror or error}).", file=sys.stderr)
        sys.exit(2)
