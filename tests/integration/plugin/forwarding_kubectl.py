"""kubectl, but for ``port-forward``, which a cluster without kubelets can't do: this forwards to a port of ours.

It speaks as kubectl does. TARGET is the port; FORWARDED gets this process' number and its arguments.
"""

import os
import socket
import sys
import threading
from pathlib import Path

BYTES = 65_536


def main() -> None:
    if "port-forward" not in sys.argv:
        os.execvp("kubectl", ["kubectl", *sys.argv[1:]])  # noqa: S606 - the one beside the plugin
    Path(os.environ["FORWARDED"]).write_text(f"{os.getpid()} {' '.join(sys.argv[1:])}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        own = server.getsockname()[1]
        print(f"Forwarding from 127.0.0.1:{own} -> 8080", flush=True)
        while True:
            here, _ = server.accept()
            print(f"Handling connection for {own}", flush=True)
            there = socket.create_connection(("127.0.0.1", int(os.environ["TARGET"])))
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=copy, args=(source, target), daemon=True).start()


def copy(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(BYTES):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
