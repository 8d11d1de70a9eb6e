// End-to-end encryption of frames, as callers' pages do it: the server has no key.

/** Runs inside a worker: frames of a page's streams are encrypted for others, or decrypted, by AES-GCM. */
export function transformFrames() {
  const key = crypto.subtle.importKey('raw', new Uint8Array(16).fill(7), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const counts = { encrypted: 0, decrypted: 0, failed: 0 };
  /** What stays in clear at the front: of Opus its table of contents, of VP8 the frame's header. */
  const clearOf = (frame, kind) => (kind === 'audio' ? 1 : frame.type === 'key' ? 10 : 3);
  const encrypt = async (frame, kind) => {
    const data = new Uint8Array(frame.data);
    const clear = data.slice(0, clearOf(frame, kind));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const secret = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: clear }, await key, data.slice(clear.length));
    frame.data = await new Blob([clear, secret, iv]).arrayBuffer();
    counts.encrypted += 1;
  };
  const decrypt = async (frame, kind) => {
    const data = new Uint8Array(frame.data);
    const clear = data.slice(0, clearOf(frame, kind));
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: data.slice(-12), additionalData: clear }, await key,
      data.slice(clear.length, -12));
    frame.data = await new Blob([clear, plain]).arrayBuffer();
    counts.decrypted += 1;
  };
  self.onrtctransform = ({ transformer }) => {
    const { role, kind } = transformer.options;
    transformer.readable.pipeThrough(new TransformStream({
      async transform(frame, controller) {
        try {
          await (role === 'sends' ? encrypt : decrypt)(frame, kind);
          controller.enqueue(frame);
        } catch {
          counts.failed += 1;
        }
        self.postMessage(counts);
      },
    })).pipeTo(transformer.writable);
  };
}
