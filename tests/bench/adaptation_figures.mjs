// What a page's counters say about a stretch of time. Pure: samples in, figures out.

/** IP, UDP and SRTP's tag: what a line carries for each packet beside what RTP statistics count. */
const OVERHEAD_BYTES = 20 + 8 + 10;

const one = (x) => Math.round(10 * x) / 10;
const two = (x) => Math.round(100 * x) / 100;

/** What one caller counted, in order of time; `shown` are its pictures, as `Caller.counters()` gives them. */
export class Record {
  /** @param {import('../browser/lib/caller.mjs').Caller} caller */
  constructor(caller) {
    Object.assign(this, { caller, samples: [], shown: [] });
  }

  async poll() {
    const sample = await this.caller.counters();
    this.shown.push(...sample.shown);
    this.samples.push(sample);
  }

  /** What is older is not needed any more. */
  forget(time) {
    this.samples = this.samples.filter((s) => s.at >= time);
    this.shown = this.shown.filter(([t]) => t >= time);
  }

  /** A counter at a time, by the samples around it. */
  at(time, name) {
    const { samples } = this;
    const read = typeof name === 'function' ? name : (s) => s[name];
    const i = samples.findIndex((s) => s.at >= time);
    if (i === 0) return read(samples[0]);
    if (i < 0) return read(samples[samples.length - 1]);
    const [a, b] = [samples[i - 1], samples[i]];
    return read(a) + ((read(b) - read(a)) * (time - a.at)) / (b.at - a.at);
  }

  /** How much a counter grew. */
  grown(from, to, name) { return this.at(to, name) - this.at(from, name); }

  /** What its line carried for RTP, kbit/s, retransmissions too. */
  kbps(from, to) { return (8 * this.grown(from, to, (s) => s.bytes + OVERHEAD_BYTES * s.packets)) / (to - from); }

  /** What it received for the first time, kbit/s with RTP headers. */
  freshKbps(from, to) { return (8 * this.grown(from, to, (s) => s.bytes - s.resent)) / (to - from); }

  /** What a rid sent, kbit/s without headers. */
  layerKbps(from, to, rid) { return (8 * this.grown(from, to, (s) => s.layers[rid]?.bytes ?? 0)) / (to - from); }

  /** Pictures that a publisher encoded, of the layer of which there were most: what the machine had room for. */
  encodedPerS(from, to) {
    const rids = Object.keys(this.samples.at(-1).layers);
    return Math.max(...rids.map((rid) => (1000 * this.grown(from, to, (s) => s.layers[rid]?.frames ?? 0)) / (to - from)));
  }

  picturesPerS(from, to) { return (1000 * this.grown(from, to, 'frames')) / (to - from); }

  /** The longest time, s, in which a stream showed no new picture. @param {string} [id] of any stream otherwise */
  standstill(from, to, id) {
    const times = this.shown.filter(([t, of]) => t > from && t < to && (!id || of === id)).map(([t]) => t);
    return Math.max(...[...times, to].map((t, i) => t - (i ? times[i - 1] : from))) / 1000;
  }

  /** Share of the sound that was made up, percent. */
  concealed(from, to) {
    return (100 * this.grown(from, to, 'concealed')) / Math.max(this.grown(from, to, 'samples'), 1);
  }

  /** The width that most pictures had. */
  width(from, to, id) {
    const counts = new Map();
    for (const [t, of, width] of this.shown) {
      if (t > from && t < to && (!id || of === id)) counts.set(width, (counts.get(width) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  }

  /** Seconds until `test(from, to)` holds for a second; Infinity when it never does before `end`. */
  until(start, end, test) {
    for (let t = start; t + 1000 <= end; t += 250) {
      if (test(t, t + 1000)) return (t - start) / 1000;
    }
    return Infinity;
  }

  /** Seconds until the first picture that is at least so wide. */
  untilWidth(start, end, width) {
    const first = this.shown.find(([t, , w]) => t > start && t < end && w >= width);
    return first ? (first[0] - start) / 1000 : Infinity;
  }

  /** A line of --trace: of a publisher what it sends, of a receiver what it gets and what the server said of it. */
  trace(from, to) {
    const { layers, states, mayStillSend, sent } = this.samples.at(-1);
    if (!sent) return { ...this.stretch(from, to), states: Object.values(states) };
    const rids = Object.entries(layers).map(([rid, { width, frames }]) => [rid, { kbps: Math.round(this.layerKbps(from, to, rid)), width, frames }]);
    return { may_send: Math.round(mayStillSend / 1000), keyframes: Math.round(this.grown(from, to, 'keyframes')), ...Object.fromEntries(rids) };
  }

  /** The usual figures of a stretch. @param {number} [line] what the line carries, kbit/s */
  stretch(from, to, line) {
    const kbps = this.kbps(from, to);
    return {
      pictures_per_s: one(this.picturesPerS(from, to)),
      standstill_s: two(this.standstill(from, to)),
      concealed_percent: one(this.concealed(from, to)),
      received_kbps: Math.round(kbps),
      ...(line ? { line_percent: Math.round((100 * kbps) / line) } : {}),
      resent_percent: one((100 * this.grown(from, to, 'resent')) / Math.max(this.grown(from, to, 'bytes'), 1)),
      width: this.width(from, to),
      plis: Math.round(this.grown(from, to, 'plis')),
      nacks: Math.round(this.grown(from, to, 'nacks')),
    };
  }
}

/**
 * One figure beside its target.
 * @param {string} what
 * @param {number} value
 * @param {'≥'|'≤'} way
 * @param {number} target
 */
export function check(what, value, way, target) {
  return { what, value: Number.isFinite(value) ? two(value) : null, target: `${way} ${target}`, pass: way === '≥' ? value >= target : value <= target };
}

/** A figure without a target. */
export function note(what, value) {
  return { what, value: Number.isFinite(value) ? two(value) : null, target: '', pass: true };
}

/** Lines of a table: what, target, and a column for each server. */
export function formatChecks(columns) {
  const names = Object.keys(columns);
  const rows = [['', 'target', ...names]];
  for (const { what, target } of columns[names[0]]) {
    rows.push([what, target, ...names.map((name) => {
      const c = columns[name].find((other) => other.what === what);
      return c ? `${c.value ?? 'never'}${c.pass ? '' : ' FAIL'}` : '–';
    })]);
  }
  const widths = rows[0].map((_, i) => Math.max(...rows.map((r) => [...r[i]].length)));
  return rows.map((r) => r.map((cell, i) => cell + ' '.repeat(widths[i] - [...cell].length)).join('  ').trimEnd()).join('\n');
}
