// What an hour in a lively group leaves in the page: people come and go, and talk. Starts a server and one page, and plays the hour as fast as
// the page follows: node tests/bench/page_memory.mjs [--joins 1800] [--chats 3600] [--samples 6]
// Prints JSON: heap, nodes and listeners after garbage collection at each sample, the first one after a sixth of the hour.
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { startServer } = await import('../lib/server.mjs');
const { connect } = await import('../lib/ws_client.mjs');
const { Person, until } = await import('../browser/lib/people.mjs');

const { values } = parseArgs({ options: { joins: { type: 'string', default: '1800' }, chats: { type: 'string', default: '3600' }, samples: { type: 'string', default: '6' } } });
const [joins, chats, samples] = [Number(values.joins), Number(values.chats), Number(values.samples)];
/** Who is there at a time, beside the page. */
const PRESENT = 12;

const limits = {
  'messages-per-second': 100000, 'message-burst': 1000000, 'chats-per-second': 100000, 'chat-burst': 1000000,
  'clients-per-address': 100000, unjoined: 100000, 'unjoined-per-address': 100000,
};
const server = await startServer({
  groups: { lively: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } }, files: { 'data/mediad.json': { limits } },
});
const viewer = await Person.arrive('viewer', null);
const ends = [];
const present = [];
let count = 0;

async function come() {
  const client = await connect({ after: (end) => ends.push(end) }, server);
  await client.join('lively', `guest ${count++}`);
  present.push(client);
}

/** @param {import('playwright-core').CDPSession} cdp */
async function measure(cdp) {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name) => metrics.find((m) => m.name === name)?.value ?? 0;
  const lines = await viewer.page.locator('#chat-log > li').count();
  const inPage = await viewer.page.evaluate(() => document.querySelectorAll('*').length);
  return { heap_kB: Math.round(of('JSHeapUsedSize') / 1000), nodes: of('Nodes'), listeners: of('JSEventListeners'), elements: inPage, lines };
}

try {
  await viewer.join(server, 'lively', { media: 'none' });
  const cdp = await viewer.context.newCDPSession(viewer.page);
  await cdp.send('Performance.enable');
  for (let i = 0; i < PRESENT; i++) await come();
  const rows = [];
  const [joinsEach, chatsEach] = [joins / samples, chats / samples];
  for (let s = 0; s < samples; s++) {
    const start = Date.now();
    for (let i = 0; i < joinsEach; i++) {
      const [gone] = present.splice(0, 1);
      gone.destroy();
      await come();
      const newest = present[present.length - 1];
      for (let c = Math.floor(i * chatsEach / joinsEach); c < Math.floor((i + 1) * chatsEach / joinsEach); c++)
        newest.say({ type: 'chat', value: `line ${s}.${c}: **hello** @viewer, see https://example.org/${c} \`code\`` });
      // The page follows: nobody is measured by what waits in a queue.
      if (i % 25 === 24) await until('the page knows who is there', () => viewer.sees(newest.username));
    }
    present[0].say({ type: 'chat', value: `end of part ${s}` });
    await until('the page has read all', async () => (await viewer.page.textContent('#chat-log'))?.includes(`end of part ${s}`));
    await until('and knows who is left', async () => (await viewer.page.locator('#users .user-entry').count()) === PRESENT + 1);
    rows.push({ part: s + 1, seconds: (Date.now() - start) / 1000, joins: (s + 1) * joinsEach, ...await measure(cdp) });
    console.error(JSON.stringify(rows[rows.length - 1]));
  }
  console.log(JSON.stringify({ joins, chats, rows, complaints: await viewer.complaints() }, null, 1));
} finally {
  for (const end of ends) end();
  await viewer.goHome();
  await server.stop();
}
