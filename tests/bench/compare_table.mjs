// What compare.mjs prints: medians with their spread, and the ratios between servers.

/** Figures of a run: how a row is called, its places, and whether a ratio says something. */
export const FIGURES = {
  us: { title: 'µs of CPU a packet', places: 2, ratio: true },
  lost: { title: 'lost', places: 0 },
  p50: { title: 'delay p50, ms', places: 2, ratio: true },
  p99: { title: 'delay p99, ms', places: 2, ratio: true },
  connected: { title: 'connected after, ms', places: 0, ratio: true },
  others: { title: 'others\' CPU, cores', places: 2 },
  stolen: { title: 'stolen by the host, cores', places: 2 },
  published: { title: 'MB a published track', places: 2, ratio: true },
  received: { title: 'KiB a received stream', places: 1, ratio: true },
  kept: { title: 'MB kept after all left', places: 1, ratio: true },
  failed: { title: 'runs that failed', places: 0 },
};

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** "4.75 (4.60..5.02)"; the median alone when there is one value, or all are the same. */
export function spread(values, places, middle = median(values)) {
  const [low, high] = [Math.min(...values).toFixed(places), Math.max(...values).toFixed(places)];
  return low === high ? middle.toFixed(places) : `${middle.toFixed(places)} (${low}..${high})`;
}

/** Ratio of the medians, and the spread of what single rounds say. */
function ratio(runs, other, figure) {
  const pairs = runs.map((run, round) => run?.[figure] / other[round]?.[figure]).filter(Number.isFinite);
  if (pairs.length === 0) return '';
  const middle = (of) => median(of.map((run) => run?.[figure]).filter(Number.isFinite));
  return spread(pairs, 2, middle(runs) / middle(other));
}

/**
 * One row for each figure of a shape.
 * @param {{title: string, figures: string[], goals?: Record<string, string>}} shape
 * @param {Record<string, (object|null)[]>} runs server -> one object of figures for each round; null: it failed
 * @returns {string[][]}
 */
function rowsOf(shape, runs) {
  const failed = Object.values(runs).some((all) => all.includes(null));
  return [...shape.figures, ...(failed ? ['failed'] : [])].map((figure, i) => {
    const { title, places, ratio: hasRatio } = FIGURES[figure];
    const cell = (server) => {
      if (figure === 'failed') return String(runs[server].filter((run) => !run).length);
      const values = runs[server].map((run) => run?.[figure]).filter(Number.isFinite);
      return values.length ? spread(values, places) : '–';
    };
    const ratios = Object.keys(runs).filter((s) => s !== 'new').map((s) => (hasRatio ? ratio(runs.new, runs[s], figure) : ''));
    return [i === 0 ? shape.title : '', title, ...Object.keys(runs).map(cell), ...ratios, shape.goals?.[figure] ?? ''];
  });
}

/**
 * @param {Record<string, string>} names server -> what its column is called
 * @param {{shape: object, runs: object}[]} results
 */
export function formatTable(names, results) {
  const head = ['shape', 'figure', ...Object.values(names), ...Object.keys(names).filter((s) => s !== 'new').map((s) => `new / ${s}`), 'goal'];
  const rows = [head, ...results.flatMap(({ shape, runs }) => rowsOf(shape, runs))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|`, ...rows.slice(1).map(line)].join('\n');
}
