"""What aiohttp can do at best on this machine: one answer from memory, ``python -m bench.network_map.plain``.

Everything of aiohttp's is left as it is by default, but for the access log, which the network services lack too.
"""

import argparse
from pathlib import Path

from aiohttp import web


def main() -> None:
    """Serve a file's bytes as GET /network-map."""
    parser = argparse.ArgumentParser(prog="python -m bench.network_map.plain", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("cache_control", help="the header Cache-Control")
    parser.add_argument("port", type=int, help="of 127.0.0.1")
    options = parser.parse_args()
    body = options.file.read_bytes()
    headers = {"Cache-Control": options.cache_control, "Content-Type": "application/octet-stream"}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    application = web.Application()
    application.add_routes([web.get("/network-map", answer)])
    web.run_app(application, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
