"""Accounts of people: add the first administrator, add and list, disable and enable, give a new password or another role. Tokens of systems are issued here too."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from typing import Any

from serving.extras import need
from serving.failure import Exit, Failure
from serving.installed import add_place, settings_of, store_of, who

NAME = "users"
HELP = "accounts and tokens of the review service"
EXAMPLES = """\
examples:
  chartlight users add ada --role admin               asks for a password; the first administrator
  chartlight users add ben --role coder --generate    prints a password that ben changes
  chartlight users list
  chartlight users disable ben
  chartlight users reset ben --password-stdin < secret.txt
  chartlight users role ben --role senior_coder
  chartlight users token ehr --role integrator --scope encounters:write --scope encounters:read --days 90
  chartlight users revoke ehr
"""
ROLES = "coder, senior_coder, cdi, compliance, data_scientist, integrator, admin"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which account."""
    what = parser.add_subparsers(title="what to do", dest="what", metavar="WHAT", required=True)
    for name, help_ in (
        ("add", "a new account"),
        ("list", "all accounts"),
        ("disable", "nobody logs in with it, its sessions end"),
        ("enable", "undo that"),
        ("reset", "a new password; sessions end"),
        ("role", "another role"),
        ("token", "issue a token for a system; printed once"),
        ("revoke", "end a token"),
    ):
        one = what.add_parser(name, help=help_, epilog=EXAMPLES)
        if name != "list":
            one.add_argument("login", metavar="NAME", help="the login, or the name of a token")
        if name in ("add", "role", "token"):
            one.add_argument("--role", required=True, metavar="ROLE", help=ROLES)
        if name in ("add", "reset"):
            how = one.add_mutually_exclusive_group()
            how.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
            how.add_argument("--generate", action="store_true", help="make one and print it")
        if name == "token":
            one.add_argument("--scope", action="append", required=True, metavar="SCOPE", help="may be repeated")
            one.add_argument("--days", type=int, default=90, help="how long it lives (default 90)")
        add_place(one)


def run(args: argparse.Namespace) -> int:
    """Do it; raises ``Failure``."""
    need("run", NAME)
    from serving.people import accounts
    from serving.refusal import Refusal
    from serving.store.database import reading, writing

    settings = settings_of(args)
    with store_of(settings) as store:
        try:
            if args.what == "list":
                with reading(store, settings.tenant, who()) as unit:
                    for a in accounts.listed(unit, limit=10_000):
                        print(f"{a.login:<30} {a.role.value:<15} {'disabled' if a.disabled else ''}".rstrip())
                return Exit.DONE
            role = _role(args.role) if getattr(args, "role", None) else None
            password = _password(args) if args.what in ("add", "reset") else None
            with writing(store, settings.tenant, who()) as unit:
                accounts.found_practice(unit, settings.practice)
                _do(unit, args, role, password)
        except Refusal as refusal:
            raise Failure(Exit.USAGE, refusal.detail, "see `chartlight users --help`") from None
    return Exit.DONE


def _do(unit: Any, args: argparse.Namespace, role: Any, password: str | None) -> None:
    from serving.people import accounts, tokens
    from serving.people.matrix import scopes

    if args.what == "add":
        accounts.add(unit, args.login, role, password)
        print(f"added {args.login} as {role.value}")
    elif args.what == "reset":
        accounts.change(unit, args.login, password=password)
        print(f"{args.login} has a new password; its sessions have ended")
    elif args.what in ("disable", "enable"):
        accounts.change(unit, args.login, disabled=args.what == "disable")
        print(f"{args.login} is {args.what}d")
    elif args.what == "role":
        accounts.change(unit, args.login, role=role)
        print(f"{args.login} is {role.value}")
    elif args.what == "token":
        unknown = sorted(set(args.scope) - set(scopes()))
        if unknown:
            raise Failure(Exit.USAGE, f"{unknown[0]} is no scope", f"scopes are {', '.join(scopes())}")
        print(tokens.issue(unit, args.login, role, tuple(args.scope), args.days).secret)
    else:
        tokens.revoke(unit, args.login)
        print(f"the token {args.login} has ended")


def _role(word: str) -> Any:
    from serving.people.roles import Role

    try:
        return Role(word.replace("-", "_"))
    except ValueError:
        raise Failure(Exit.USAGE, f"{word!r} is no role", f"roles are {ROLES}") from None


def _password(args: argparse.Namespace) -> str:
    if args.generate:
        made = secrets.token_urlsafe(12)
        print(f"password: {made}")
        return made
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Failure(Exit.USAGE, "no terminal to ask for a password", "give --password-stdin or --generate")
    first = getpass.getpass("new password (12 characters or more): ")
    if getpass.getpass("again: ") != first:
        raise Failure(Exit.USAGE, "the two passwords differ", "try again")
    return first
