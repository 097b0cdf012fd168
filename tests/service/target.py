"""The service as a process that is killed: a supervisor imports everything once, and forks a server anew whenever the last one died.

``python -m tests.service.target DATABASE PORT`` prints ``pid N`` for every server.
"""

from __future__ import annotations

import os
import sys

import uvicorn

from serving.service.app import create_app
from serving.service.settings import Settings
from serving.store.database import open_store
from serving.store.migrate import upgrade
from tests.service.fake import FakeReader


def serve(database: str, port: int) -> None:
    """One server, in this process."""
    store = open_store(database)
    upgrade(store)
    app = create_app(Settings(database=database, port=port), store, FakeReader())
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, log_level="critical", access_log=False)


def main() -> None:
    """Fork for ever."""
    database, port = sys.argv[1], int(sys.argv[2])
    while True:
        pid = os.fork()
        if pid == 0:
            serve(database, port)
            os._exit(0)
        print(f"pid {pid}", flush=True)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
