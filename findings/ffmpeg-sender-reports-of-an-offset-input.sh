#!/bin/sh
# FFmpeg 9.0.2 (PyPI: imageio-ffmpeg 0.8.1), sending RTP in real time (-re, -f rtp; its WHIP muxer stands on the same code).
# A sender report pairs a moment (NTP) with the RTP time of what was sampled then (RFC 3550 section 6.4.1), so the packets that
# leave together with a report carry about the report's RTP time. One expects that to hold whatever the first timestamp is.
# FFmpeg counts a report's RTP time from the moment when the output was opened, and a packet's from timestamp 0. As much as the
# two differ, packets are said to be sampled after they were sent: by 2 s with -itsoffset 2, and by the half second that -re
# reads ahead without it. A receiver that takes reports of more than a second for a clock that leapt, track by track, may
# believe one track and not the other.
# Seen: "packets are 0.48 s ahead of the report" and "-itsoffset 2: packets are 2.48 s ahead of the report".
# Exits 0 while that is so. Needs python3 with pip; traffic on loopback only.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
python3 -m pip install --quiet --no-deps --target packages imageio-ffmpeg==0.8.1 >/dev/null 2>&1 || { echo "cannot get the package"; exit 2; }
cat >reports.py <<'PY'
import glob, select, socket, struct, subprocess, sys, time

program = glob.glob('packages/imageio_ffmpeg/binaries/ffmpeg-*')[0]
RATE = 48000


def bind(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(('127.0.0.1', port))
    return s


def neighbours():
    """A free even port and the one above: RTP and RTCP."""
    while True:
        rtp = bind(0)
        port = rtp.getsockname()[1]
        if port % 2 == 0:
            try:
                return port, rtp, bind(port + 1)
            except OSError:
                pass
        rtp.close()


def ahead(options):
    """Seconds from the second report's RTP time to that of the packet before it."""
    port, rtp, rtcp = neighbours()
    sender = subprocess.Popen([program, '-v', 'error', '-re', *options, '-f', 'lavfi', '-i', f'sine=sample_rate={RATE}', '-t', '20', '-c:a', 'libopus',
                               '-f', 'rtp', f'rtp://127.0.0.1:{port}'], stdout=subprocess.DEVNULL)
    last, reports, until = None, 0, time.time() + 20
    try:
        while time.time() < until:
            for s in select.select([rtp, rtcp], [], [], 0.2)[0]:
                data = s.recv(2048)
                if s is rtp:
                    last = struct.unpack('>I', data[4:8])[0]
                elif data[1] == 200 and last is not None:
                    reports += 1
                    if reports == 2:
                        at = struct.unpack('>I', data[16:20])[0]
                        return ((last - at + 2**31) % 2**32 - 2**31) / RATE
    finally:
        sender.kill()
        sender.wait()
    sys.exit('no two reports came')


print(subprocess.run([program, '-version'], capture_output=True, text=True).stdout.split('\n')[0])
plain, offset = ahead([]), ahead(['-itsoffset', '2'])
print(f"packets are {plain:.2f} s ahead of the report")
print(f"-itsoffset 2: packets are {offset:.2f} s ahead of the report")
sys.exit(0 if 0.2 < plain < 1 and 1.5 < offset - plain < 2.5 else 'this has changed')
PY
timeout 120 python3 reports.py
