// Many people with cameras, all of them in one page beside.

/**
 * Runs inside a page with `joinAsClient` (page_client.mjs): people number `from` up to `to` join, each with a camera of 320 × 180;
 * `window.crowd` has them by name, `guest` and the number, or `name` where there is one.
 */
export function crowd({ group, from, to, name: given }) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [320, 180];
  const paint = canvas.getContext('2d');
  let n = 0;
  setInterval(() => {
    paint.fillStyle = `hsl(${n++ * 7} 60% 45%)`;
    paint.fillRect(0, 0, 320, 180);
  }, 200);
  const stream = canvas.captureStream(5);
  window.crowd ??= {};
  for (let i = from; i < to; i++) {
    const name = given ?? `guest${String(i).padStart(2, '0')}`;
    const client = window.joinAsClient({ group, name, features: [] }, { on: {
      joined: ({ kind }) => kind === 'join' && client.publish(`camera-of-${name}`, 'camera', (pc) => pc.addTrack(stream.getVideoTracks()[0].clone(), stream)),
    } });
    window.crowd[name] = client;
  }
}
