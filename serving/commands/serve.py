"""Run the review service: the interface for systems, and the page where a person confirms. It listens on this machine alone unless told otherwise."""

from __future__ import annotations

import argparse
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.extras import need
from serving.failure import Exit, Failure
from serving.installed import add_place, settings_of, store_of

if TYPE_CHECKING:
    from serving.service.settings import Settings
    from serving.store.database import Store

NAME = "serve"
HELP = "run the review service on this machine"
EXAMPLES = """\
examples:
  chartlight serve --demo                        invented visits, demo users; nothing is kept
  chartlight users add ada --role admin          the first administrator, then:
  chartlight serve                               embedded database, http://127.0.0.1:8470
  chartlight serve --database postgresql://chartlight@/chartlight --port 8471
  chartlight serve --read-only                   people may look, nothing may change
Settings by variables, TLS, back-up: docs/service/README.md
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and over which database."""
    parser.add_argument(
        "--demo", action="store_true", help="load invented visits and demo users into a throw-away database"
    )
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default 8470; 0: any that is free)")
    parser.add_argument("--read-only", action="store_true", default=None, help="nothing may change; people may look")
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted; raises ``Failure``."""
    need("run", NAME)
    from serving.service import journal

    with ExitStack() as stack:
        given: dict[str, Any] = {"host": args.host, "port": args.port, "read_only": args.read_only}
        if args.demo:
            given["data"] = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chartlight-demo-")))
            args.database = args.data = None
        settings = settings_of(args, **given)
        journal.set_up(settings)
        store = stack.enter_context(store_of(settings, is_read_only=settings.read_only))
        reader = _reader(settings)
        if args.demo:
            _load_demo(store, settings, reader)
        else:
            _check_accounts(store, settings)
            threading.Thread(target=reader.warm_up, name="warm-up", daemon=True).start()
        _serve(settings, store, reader, is_demo=args.demo)
    return Exit.DONE


def _reader(settings: Settings) -> Any:
    from serving.review.reader import LocalReader

    return LocalReader(settings.time_zone)


def _load_demo(store: Store, settings: Settings, reader: Any) -> None:
    from serving.demo import visits

    print("reading the invented visits (half a minute the first time) ...", flush=True)
    visits.load(store, settings.tenant, reader)
    print(f"demo users, each with the password {visits.PASSWORD}:")
    for login, role in visits.USERS:
        print(f"  {login:<8} {role.value}")


def _check_accounts(store: Store, settings: Settings) -> None:
    from serving.people import accounts
    from serving.store.database import reading

    with reading(store, settings.tenant, "system") as unit:
        if not accounts.listed(unit, limit=1):
            print(
                "no account yet: make the first administrator with `chartlight users add NAME --role admin`", flush=True
            )


def _serve(settings: Settings, store: Store, reader: Any, *, is_demo: bool = False) -> None:
    import uvicorn

    from serving.service.app import create_app

    class Server(uvicorn.Server):
        """Says where it listens, once it does."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                port = self.servers[0].sockets[0].getsockname()[1]
                host = f"[{settings.host}]" if ":" in settings.host else settings.host
                print(f"chartlight serves http://{host}:{port}/ (stop with Ctrl-C)", flush=True)

    app = create_app(settings, store, reader)
    if is_demo:
        from serving.demo import visits

        app.state.demo_users = tuple(
            {"login": login, "role": role.value, "password": visits.PASSWORD} for login, role in visits.USERS
        )
    server = Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.proxies),
            forwarded_allow_ips=list(settings.proxies),
            timeout_graceful_shutdown=30,
        )
    )
    try:
        server.run()
    except SystemExit:
        if not server.started:
            where = f"{settings.host}:{settings.port}"
            raise Failure(
                Exit.OUTPUT, f"cannot listen on {where}", "another program may hold it: --port 0 takes a free one"
            ) from None
        raise
