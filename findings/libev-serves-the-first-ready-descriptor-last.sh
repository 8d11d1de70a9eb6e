#!/bin/sh
# libev 4.33 beside libuv 1.51.0, both as the loops of gevent 25.9.1 (PyPI), with epoll below them. Five pipes are watched, and
# while the loop is elsewhere each gets a byte, in the order 2, 0, 4, 1, 3. epoll keeps a list of what is ready, oldest first, so
# that whoever waits longest comes first; one expects call-backs in that order, whatever loop stands on it.
# libuv does so. libev pushes what epoll names onto its pending watchers and pops them from the end: the descriptor that has been
# ready longest is served last, behind all that became ready after it. Its documentation promises no order, and watchers of one
# priority look alike. In a server whose turns are long, the oldest waiting client pays for every younger one, in every turn;
# timers and asyncs, which libev feeds backwards itself, come in order.
# Seen: "libev-4.33: ready 2 0 4 1 3, served 3 1 4 0 2" and "libuv-1.51.0: ready 2 0 4 1 3, served 2 0 4 1 3".
# Exits 0 while that is so. Needs python3 with pip; no traffic.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
python3 -m pip install --quiet --target packages gevent==25.9.1 >/dev/null 2>&1 || { echo "cannot get the package"; exit 2; }
cat >order.py <<'PY'
import os
import sys

sys.path.insert(0, 'packages')
os.environ['GEVENT_LOOP'] = sys.argv[1]
os.environ['GEVENT_BACKEND'] = 'epoll'
import gevent
import gevent.core

READY = [2, 0, 4, 1, 3]
pipes = [os.pipe() for _ in READY]
served = []
watchers = [gevent.get_hub().loop.io(r, 1) for r, _ in pipes]


def serve(number):
    os.read(pipes[number][0], 1)
    served.append(number)


for number, watcher in enumerate(watchers):
    watcher.start(serve, number)
gevent.sleep(0.05)  # epoll knows all of them, and none is ready
for number in READY:
    os.write(pipes[number][1], b'.')
gevent.sleep(0.05)
version = gevent.core.get_version()
print(f'{version}: ready {" ".join(map(str, READY))}, served {" ".join(map(str, served))}')
PY
{ python3 order.py libev-cext && python3 order.py libuv-cffi; } >got || { echo "a loop did not run"; exit 2; }
cat got
printf '%s\n' 'libev-4.33: ready 2 0 4 1 3, served 3 1 4 0 2' 'libuv-1.51.0: ready 2 0 4 1 3, served 2 0 4 1 3' | cmp -s - got || { echo "that has changed"; exit 1; }
