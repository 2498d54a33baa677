"""`ibtui guide`: the pages that ship with the program."""

from __future__ import annotations

import shutil
import sys

import click

from ibtui.cli.options import JSON
from ibtui.cli.output import print_json
from ibtui.domain.failure import IbtuiError
from ibtui.guide.topics import TOPICS, Topic, explained, topic


@click.command(epilog="\b\nTopics:\n" + "\n".join(f"  {known.name:<14} {known.about}" for known in TOPICS))
@click.argument("name", required=False, metavar="[TOPIC]")
@click.argument("code", required=False, metavar="[CODE]")
@JSON
@click.pass_context
def guide(context: click.Context, name: str | None, code: str | None, as_json: bool) -> None:
    """Show a page of the guide; without TOPIC, which there are.

    In a terminal it is paged (PAGER says by what); into a pipe it is written as Markdown.

    \b
    ibtui guide strategies
    ibtui guide safety | grep -i unknown
    ibtui guide error 201          what an error code of IB means
    ibtui guide error no_quote     what an error code of ours means
    """
    if name is None:
        _list(as_json)
    elif name == "error":
        _error(context, code, as_json)
    elif code is not None:
        raise IbtuiError("usage", f"A topic is one word: `ibtui guide {name}`.")
    elif as_json:
        found = topic(name)
        print_json({"topic": found.name, "about": found.about, "text": found.text})
    else:
        _show(topic(name))


def _list(as_json: bool) -> None:
    if as_json:
        print_json([{"topic": known.name, "about": known.about} for known in TOPICS])
        return
    click.echo("\n".join(f"{known.name:<14} {known.about}" for known in TOPICS))
    click.echo("\nibtui guide TOPIC shows one.")


def _error(context: click.Context, code: str | None, as_json: bool) -> None:
    """One code: IB's as `ibtui error` says it, ours from the page of errors; without one, that page."""
    if code is None:
        _show(topic("errors"))
    elif code.isdecimal():
        from ibtui.cli.error import error

        context.invoke(error, codes=(int(code),), as_json=as_json)
    elif as_json:
        print_json({"code": code, "text": explained(code)})
    else:
        click.echo(explained(code))


def _show(wanted: Topic) -> None:
    if not sys.stdout.isatty():
        click.echo(wanted.text, nl=False)
        return
    from rich.console import Console

    from ibtui.guide.page import THEME, WIDEST, page

    console = Console(width=min(shutil.get_terminal_size().columns, WIDEST), theme=THEME)
    with console.capture() as captured:
        console.print(page(wanted.text))
    click.echo_via_pager(captured.get())
