// Callers with sound alone, of which some prefer redundant audio (RFC 2198) and some know none: what runs inside their pages.

/**
 * Runs inside a page: joins, and publishes its microphone, or receives all sound. Receivers never ask for packets again, so that
 * nothing but redundancy makes up for losses.
 * @param {{ group: string, name: string, publishes?: 'red'|'default', strips?: boolean, isMute?: boolean }} how what it prefers to
 *   send; `strips`: answers without redundant audio; `isMute`: says nothing of what arrives
 */
export function enterRedCall({ group, name, publishes, strips = false, isMute = false }) {
  const withoutNacks = (sdp) => sdp.replace(isMute ? /^a=(rtcp-fb:\d+ nack|extmap:.*-transport-wide-cc-.*)\r\n/gm : /^a=rtcp-fb:\d+ nack\r\n/gm, '');
  const withoutRed = (sdp) => {
    const red = /^a=rtpmap:(\d+) red\/48000\/2\r\n/m.exec(sdp)?.[1];
    return red ? sdp.replace(new RegExp(`^a=(rtpmap|fmtp):${red} .*\r\n`, 'gm'), '').replace(new RegExp(`^(m=audio .*) ${red}\\b`, 'gm'), '$1') : sdp;
  };
  const call = window.joinAsClient({ group, name }, {
    opened: (pc) => {
      pc.ontrack = ({ track }) => {
        const audio = new Audio();
        audio.srcObject = new MediaStream([track]);
        document.body.append(audio);
        audio.play();
      };
    },
    on: {
      joined: ({ kind }) => {
        if (kind !== 'join') return;
        if (publishes) publishSound();
        else call.say({ type: 'request', request: { '': ['audio'] } });
      },
      offer: async ({ id, sdp }) => {
        const pc = call.connections.get(id) ?? call.connect(id);
        await pc.setRemoteDescription({ type: 'offer', sdp: withoutNacks(sdp) });
        const answer = await pc.createAnswer();
        await pc.setLocalDescription({ type: 'answer', sdp: strips ? withoutRed(answer.sdp) : answer.sdp });
        call.say({ type: 'answer', id, sdp: pc.localDescription.sdp });
      },
    },
  });
  window.call = call;
  async function publishSound() {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true });
    await call.publish('sound', '', (pc) => {
      const transceiver = pc.addTransceiver(media.getTracks()[0], { direction: 'sendonly', streams: [media] });
      const { codecs } = RTCRtpSender.getCapabilities('audio');
      const isRed = (c) => c.mimeType === 'audio/red';
      if (publishes === 'red') transceiver.setCodecPreferences([...codecs.filter(isRed), ...codecs.filter((c) => !isRed(c))]);
    });
  }
}

/** Runs inside a page: sums of its sound's statistics; `reported` is what the server says that it lost on the way there. */
export async function sumUpRedCall() {
  const sum = { samples: 0, concealed: 0, packets: 0, lost: 0, bytes: 0, energy: 0, sent: 0, sentBytes: 0, reported: 0 };
  for (const pc of window.call.connections.values()) {
    for (const s of (await pc.getStats()).values()) {
      if (s.kind !== 'audio') continue;
      if (s.type === 'inbound-rtp') {
        sum.samples += s.totalSamplesReceived ?? 0;
        sum.concealed += s.concealedSamples ?? 0;
        sum.packets += s.packetsReceived;
        sum.lost += s.packetsLost;
        sum.bytes += s.bytesReceived;
        sum.energy += s.totalAudioEnergy ?? 0;
      } else if (s.type === 'outbound-rtp') {
        sum.sent += s.packetsSent;
        sum.sentBytes += s.bytesSent;
      } else if (s.type === 'remote-inbound-rtp') {
        sum.reported += s.packetsLost;
      }
    }
  }
  return sum;
}
