#!/bin/sh
# FFmpeg 9.0.2 (PyPI: imageio-ffmpeg 0.8.1), publishing by its WHIP muxer what one microphone gives: Opus with one channel.
# In RTP every Opus stream is "opus/48000/2", be it mono or stereo, and each packet says itself which it is (RFC 7587, sections 4.2
# and 7), so the number of channels is nothing that two peers could disagree about. One expects mono to be published like stereo.
# The muxer refuses it before it asks the server anything, as "not yet implemented"; with two channels the same command goes on to
# the server. The RTP muxer of the same program, on which it stands, takes the same mono packets, and describes them as
# opus/48000/2. "-ac 2" helps who encodes; packets that are copied, as from a recording of a browser's microphone, cannot be published.
# Seen: "mono by whip: Unsupported audio channels 1", "stereo by whip: asks the server", "mono by rtp: a=rtpmap:97 opus/48000/2".
# Exits 0 while that is so. Needs python3 with pip; traffic on loopback only.
set -u
cd "$(mktemp -d)" || exit 2
trap 'kill "$server" 2>/dev/null; rm -rf "$PWD"' EXIT
server=
python3 -m pip install --quiet --no-deps --target packages imageio-ffmpeg==0.8.1 >/dev/null 2>&1 || { echo "cannot get the package"; exit 2; }
ffmpeg=$(echo packages/imageio_ffmpeg/binaries/ffmpeg-*)
# A server that takes note of what is asked of it, and has no place for publishers.
python3 - <<'PY' &
import http.server


class Whip(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        open('asked', 'w').close()
        self.send_error(404)

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(('127.0.0.1', 0), Whip)
with open('port.new', 'w') as f:
    f.write(str(server.server_port))
import os
os.rename('port.new', 'port')
server.serve_forever()
PY
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -f port ] && break; sleep 0.5; done

publish() {
    rm -f asked
    "$ffmpeg" -hide_banner -loglevel error -f lavfi -i sine=duration=1:sample_rate=48000 -ac "$1" -c:a libopus \
        -f whip "http://127.0.0.1:$(cat port)/" >log 2>&1
    if [ -f asked ]; then echo "asks the server"; else grep -o 'Unsupported audio channels [0-9]*' log; fi
}
"$ffmpeg" -hide_banner -loglevel error -f lavfi -i sine=duration=1:sample_rate=48000 -ac 1 -c:a libopus -sdp_file sdp \
    -f rtp rtp://127.0.0.1:9 >/dev/null 2>&1
seen="mono by whip: $(publish 1)
stereo by whip: $(publish 2)
mono by rtp: $(grep -o 'a=rtpmap.*[0-9]' sdp)"
echo "$seen"
[ "$seen" = "mono by whip: Unsupported audio channels 1
stereo by whip: asks the server
mono by rtp: a=rtpmap:97 opus/48000/2" ]
