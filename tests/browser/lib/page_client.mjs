// A client of the protocol that lives in a page by itself, for what tests run inside pages.

/**
 * Runs inside a page: leaves there `window.joinAsClient(who, how)`. `who` is group, name and features; of `how`, `opened(pc, id)`
 * is called with each new connection, `on` has handlers of further messages by type, and `heard` gets every message first.
 */
export function installClient() {
  window.joinAsClient = ({ group, name, features }, { opened = () => {}, on = {}, heard = () => {} }) => {
    const ws = new WebSocket(`wss://${location.host}/ws`);
    const say = (message) => ws.send(JSON.stringify(message));
    const connections = new Map();
    const connect = (id) => {
      const pc = new RTCPeerConnection();
      connections.set(id, pc);
      pc.onicecandidate = ({ candidate }) => candidate && say({ type: 'ice', id, candidate });
      opened(pc, id);
      return pc;
    };
    /** Publishes what `add` puts into the connection. */
    const publish = async (id, label, add) => {
      const pc = connect(id);
      add(pc);
      await pc.setLocalDescription();
      say({ type: 'offer', id, label, source: name, username: name, sdp: pc.localDescription.sdp });
    };
    const handlers = {
      handshake: () => say({ type: 'join', kind: 'join', group, username: name, password: '', features }),
      ping: () => say({ type: 'pong' }),
      answer: ({ id, sdp }) => connections.get(id).setRemoteDescription({ type: 'answer', sdp }),
      ice: ({ id, candidate }) => connections.get(id)?.addIceCandidate(candidate),
      offer: async ({ id, sdp }) => {
        const pc = connections.get(id) ?? connect(id);
        await pc.setRemoteDescription({ type: 'offer', sdp });
        await pc.setLocalDescription();
        say({ type: 'answer', id, sdp: pc.localDescription.sdp });
      },
      ...on,
    };
    let turn = Promise.resolve();
    ws.onopen = () => say({ type: 'handshake', version: ['2'], id: name });
    ws.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      heard(message);
      turn = turn.then(() => handlers[message.type]?.(message)).catch((e) => console.error(message.type, e));
    };
    return { ws, say, connections, connect, publish };
  };
}
