// Offers in the shapes that programs which publish over HTTP write, as far as a server can tell them apart.
const fingerprint = Array.from({ length: 32 }, (_, i) => (i * 7 + 16).toString(16).padStart(2, '0').toUpperCase()).join(':');
const ice = (ufrag = 'wxyz', pwd = 'abcdefghijklmnopqrstuvwx') => [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`];
const text = (...lines) => lines.flat().map((l) => `${l}\r\n`).join('');

/** FFmpeg's muxer: it waits for our ClientHello, names no candidates and no header extensions, and knows no PLI. */
export const ffmpeg = () => text(
  'v=0', 'o=publisher 77 2 IN IP4 127.0.0.1', 's=Session', 't=0 0', 'a=group:BUNDLE 0 1', 'a=extmap-allow-mixed', 'a=msid-semantic: WMS',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', ice(), `a=fingerprint:sha-256 ${fingerprint}`, 'a=setup:passive', 'a=mid:0', 'a=sendonly',
  'a=msid:pub audio', 'a=rtcp-mux', 'a=rtpmap:111 opus/48000/2', 'a=ssrc:1001 cname:pub', 'a=ssrc:1001 msid:pub audio',
  'm=video 9 UDP/TLS/RTP/SAVPF 106 105', 'c=IN IP4 0.0.0.0', ice(), `a=fingerprint:sha-256 ${fingerprint}`, 'a=setup:passive', 'a=mid:1', 'a=sendonly',
  'a=msid:pub video', 'a=rtcp-mux', 'a=rtcp-rsize', 'a=rtpmap:106 H264/90000',
  'a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42000c', 'a=rtcp-fb:106 nack',
  'a=rtpmap:105 rtx/90000', 'a=fmtp:105 apt=106', 'a=ssrc-group:FID 1002 1003', 'a=ssrc:1002 cname:pub', 'a=ssrc:1002 msid:pub video',
  'a=ssrc:1003 cname:pub', 'a=ssrc:1003 msid:pub video',
);

/** GStreamer's whipsink: all but the first section have port 0, which only means that they are bundled. */
export const whipsink = () => text(
  'v=0', 'o=- 4411 0 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=ice-options:trickle', 'a=group:BUNDLE video0 audio1',
  'm=video 9 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', 'a=setup:actpass', ice(), 'a=rtcp-mux', 'a=rtcp-rsize', 'a=sendonly', 'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:96 nack', 'a=rtcp-fb:96 nack pli', 'a=rtcp-fb:96 transport-cc', 'a=ssrc:2001 msid:user1 track0', 'a=ssrc:2001 cname:user1', 'a=mid:video0',
  `a=fingerprint:sha-256 ${fingerprint}`,
  'm=audio 0 UDP/TLS/RTP/SAVPF 97', 'c=IN IP4 0.0.0.0', 'a=setup:actpass', ice(), 'a=bundle-only', 'a=rtcp-mux', 'a=rtcp-rsize', 'a=sendonly',
  'a=rtpmap:97 OPUS/48000/2', 'a=rtcp-fb:97 nack', 'a=fmtp:97 sprop-maxcapturerate=48000;sprop-stereo=1', 'a=ssrc:2002 msid:user1 track1',
  'a=ssrc:2002 cname:user1', 'a=mid:audio1', `a=fingerprint:sha-256 ${fingerprint}`,
);

/** OBS Studio (libdatachannel): the transport's attributes once, for the session, and a group of its own beside BUNDLE. */
export const obs = ({ video = 'H264/90000', fmtp = 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1' } = {}) => text(
  'v=0', 'o=rtc 1 0 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1', 'a=group:LS 0 1', 'a=msid-semantic:WMS *', 'a=setup:actpass', ice(),
  'a=ice-options:ice2,trickle', `a=fingerprint:sha-256 ${fingerprint}`,
  'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=sendonly', 'a=ssrc:3001 cname:live', 'a=ssrc:3001 msid:live live-audio',
  'a=msid:live live-audio', 'a=rtcp-mux', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1',
  'm=video 9 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', 'a=mid:1', 'a=sendonly', 'a=ssrc:3002 cname:live', 'a=ssrc:3002 msid:live live-video',
  'a=msid:live live-video', 'a=rtcp-mux', `a=rtpmap:96 ${video}`, 'a=rtcp-fb:96 nack', 'a=rtcp-fb:96 nack pli', 'a=rtcp-fb:96 goog-remb', `a=fmtp:96 ${fmtp}`,
);
