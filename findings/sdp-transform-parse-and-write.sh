#!/bin/sh
# sdp-transform 3.0.0 (npm), by which many media servers and clients read and write session descriptions. It keeps lines that it
# does not know as "invalid", and writes them as they were; so one expects write(parse(x)) to be x when nothing is changed.
# Four attributes that browsers and servers really write become others, because a pattern knows only a part of their grammar:
# - a=candidate: all behind an extension (RFC 8839 section 5.1) that it does not know goes, "ufrag" with what follows, so that a
#   candidate of an earlier ICE generation looks like one of the present; "ufrag" is in every candidate of Chromium's.
# - a=msid with a stream alone (RFC 8830 section 2: the second word is optional) gets a track named "undefined".
# - a=ice-options keeps the first of its words (RFC 8839 section 5.6), so "trickle renomination" loses renomination.
# - a=rtcp-mux-only (RFC 8858), a demand, becomes a=rtcp-mux, a second offer of the same.
# Nothing says so, and each result is a valid description of something else.
# Seen: the four pairs below. Exits 0 while that is so. Needs npm with Node; no traffic.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
npm install --silent --no-fund --no-audit sdp-transform@3.0.0 >/dev/null 2>&1 || { echo "cannot get the package"; exit 2; }
cat >there_and_back.cjs <<'JS'
const { parse, write } = require('sdp-transform');

const head = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0'];
const lines = [
  'a=candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0 ufrag EsAw network-cost 10',
  'a=msid:camera',
  'a=ice-options:trickle renomination',
  'a=rtcp-mux-only',
  'a=kept:as it was',
];
for (const line of lines) {
  const back = write(parse([...head, line, ''].join('\r\n'))).split('\r\n').slice(head.length, -1).join(', ');
  console.log(back === line ? `${line} (the same)` : `${line} -> ${back}`);
}
JS
seen=$(node there_and_back.cjs)
echo "$seen"
[ "$seen" = "a=candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0 ufrag EsAw network-cost 10 -> a=candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0
a=msid:camera -> a=msid:camera undefined
a=ice-options:trickle renomination -> a=ice-options:trickle
a=rtcp-mux-only -> a=rtcp-mux
a=kept:as it was (the same)" ]
