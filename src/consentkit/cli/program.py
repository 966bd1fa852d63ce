"""The program itself: the group that every command belongs to.

Exit status: 0 fine, 1 findings, 2 wrong use or unreadable input (click's own status for wrong use).
"""

from __future__ import annotations

from importlib.metadata import version

import click

from consentkit.cli.check import check
from consentkit.cli.export import notice, register
from consentkit.cli.init import init
from consentkit.cli.log import log
from consentkit.cli.purge import purge
from consentkit.cli.scan import scan
from consentkit.cli.serve import demo, proxy
from consentkit.cli.stats import stats


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("consentkit"), prog_name="consentkit", message="%(prog)s %(version)s")
def main() -> None:
    """Consent for ASGI sites: ask, gate, prove, expire."""


for _command in (init, check, scan, demo, proxy, notice, register, log, purge, stats):
    main.add_command(_command)
