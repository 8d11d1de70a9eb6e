// The dashboard: what is now, charts of what was, usage as CSV, and what is still to do.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, makeAccount } from '../lib/console.mjs';
import { fillMetrics, metricsChange, metricsQuery } from '../lib/metrics.mjs';
import { eventually, serverFor, startServer, temporaryDirectory } from '../lib/server.mjs';
import { join as joinGroup } from '../lib/ws_client.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
const ready = (server) => eventually(() => assert.ok(metricsQuery(server, 'SELECT count(*) AS n FROM samples')[0].n > 0), 60000);
const stepsOf = (page) => [...page.html.matchAll(/<ul class="plain-list next-steps">([\s\S]*?)<\/ul>/g)].flatMap((m) => [...m[1].matchAll(/<a href="([^"]*)">/g)].map((a) => a[1]));

describe('dashboard', () => {
  test('charts of each span, with the same as a table', async (t) => {
    const server = await serverFor(t, { groups: { a: open } });
    await ready(server);
    fillMetrics(server, { days: 30, people: () => 20 });
    const root = new Browser(server);
    await root.signIn();
    for (const [range, rows] of [['1h', 12], ['24h', 24], ['7d', 28], ['30d', 30]]) {
      const page = await root.open(`/admin/?range=${range}`);
      assert.equal(page.status, 200);
      const charts = [...page.html.matchAll(/<svg class="chart-picture"[\s\S]*?<\/svg>/g)].map((m) => m[0]);
      assert.equal(charts.length, 5, range);
      for (const chart of charts) {
        assert.match(chart, /role="img" aria-labelledby="(\S+) (\S+)">\s*<title id="\1">[^<]+<\/title>\s*<desc id="\2">[^<]+<\/desc>/);
        assert.match(chart, /class="chart-line" d="M[\d.]+ [\d.]+L/);
      }
      assert.doesNotMatch(page.html, / style=|<style/);
      assert.match(charts[0], /On average: 20 at the end, 20 at most\. Most at once: 24 at the end, 24 at most\./);
      const table = /<tbody>([\s\S]*?)<\/tbody>/.exec(page.html)?.[1] ?? '';
      assert.equal(table.split('<tr>').length - 1, rows, range);
      assert.match(page.html, new RegExp(`<a href="/admin/\\?range=${range}#range-title" aria-current="true">`));
      assert.ok(page.html.length < 100000, `${page.html.length} bytes`);
    }
    assert.match((await root.open('/admin/?range=1y')).text, /The last hour/, 'an unknown span is the first');
    await root.submit((await root.open('/admin/settings')).form('/admin/settings').fill({ zone: 'Asia/Kathmandu' }));
    const ticks = (chart) => [...chart.matchAll(/text-anchor="middle">(\d\d):(\d\d)</g)].map(([, h, m]) => Number(h) * 60 + Number(m));
    const there = (await root.open('/admin/?range=1h')).html;
    const now = (Math.floor(Date.now() / 60000) + 5 * 60 + 45) % 1440;
    const ago = ticks(/<svg class="chart-picture"[\s\S]*?<\/svg>/.exec(there)[0]).map((at) => (now - at + 1440) % 1440);
    assert.ok(ago.length >= 3 && ago.every((m) => m <= 62), `minutes ago by the clocks of Kathmandu: ${ago}`);
    assert.match(there, /time zone Asia\/Kathmandu/);
    const day = ticks(/<svg class="chart-picture"[\s\S]*?<\/svg>/.exec((await root.open('/admin/?range=24h')).html)[0]);
    assert.ok(day.length >= 3 && day.every((at) => at % 60 === 0), `full hours there, which UTC has not: ${day}`);
    await root.submit((await root.open('/admin/settings')).form('/admin/settings').fill({ zone: '' }));
    const page = await root.open('/admin/');
    assert.match(page.text, /most today: 31/);
    assert.match(page.text, /Free for recordings/);
    assert.match(page.text, /Last backup|None yet/);
  });

  test("a group's page has its own people, streams, bitrate and losses over time, and its live page the last hour", async (t) => {
    const server = await serverFor(t, { groups: { a: open, b: open, 'a/c': open } });
    await ready(server);
    fillMetrics(server, { days: 30, people: () => 20 });
    const now = Math.floor(Date.now() / 1000);
    for (const [step, span] of [[60, 3600], [900, 7 * 86400]]) {
      for (const [name, n] of [['a', 6], ['b', 4], ['a/c', 9]])
        metricsChange(server, `INSERT OR REPLACE INTO group_samples SELECT step, ?, at, ? * n, ? + 1, ? * n, 0, 1000 * n, 0, n, 20000 * n, 30000 FROM samples WHERE step = ? AND at > ?`, name, n, n, n, step, now - span);
    }
    const root = new Browser(server);
    await root.signIn();
    for (const [path, n] of [['a', 6], ['b', 4], ['a/c', 9]]) {
      for (const range of ['1h', '7d']) {
        const page = await root.open(`/admin/groups/${path}/?range=${range}`);
        const charts = [...page.html.matchAll(/<desc [^>]*>([^<]*)<\/desc>/g)].map((m) => m[1]);
        assert.equal(charts.length, 4, path);
        assert.match(charts[0], new RegExp(`On average: \\d+ at the end, ${n} at most\\. Most at once: \\d+ at the end, ${n + 1} at most\\.`), `${path} ${range}`);
        assert.match(charts[1], new RegExp(`From people: \\d+ at the end, ${n} at most\\. To people: 0 at the end, 0 at most`), path);
        assert.match(charts[2], /In: [\d.]+ k?bit\/s at the end, 1(000)?\.?0? k?bit\/s at most/, path);
        assert.match(charts[3], /People on average: .*, 2\.0\s%\sat most\. Who lost most: .*, 3\.0\s%\sat most/, path);
        assert.match(page.html, new RegExp(`<a href="[^"]*/${path}/\\?range=${range}#range-title" aria-current="true">`));
      }
    }
    const live = await root.open('/admin/groups/a/.live?range=7d');
    assert.match(live.text, /The last hour Longer spans/);
    assert.equal(live.html.split('class="chart-picture"').length - 1, 4);
    assert.match(live.html, /On average: \d+ at the end, 6 at most\. Most at once: \d+ at the end, 7 at most\./);
    assert.equal((/<tbody>\s*<tr><th scope="row"><time[\s\S]*?<\/tbody>/.exec(live.html)?.[0] ?? '').split('<tr>').length - 1, 12, 'the same as a table');
  });

  test('a meeting is sampled, counted, in the CSV and in its month; media that came ticks a step off', async (t) => {
    const server = await serverFor(t, { groups: { a: open } });
    const root = new Browser(server);
    await root.signIn();
    await joinGroup(t, server, 'a', 'vimes', 'x');
    await eventually(async () => {
      const csv = (await root.open('/admin/usage.csv')).html;
      assert.match(csv, /^date,meetings,person_minutes,most_people\r\n\d{4}-\d\d-\d\d,1,\d+,1\r\n$/);
    }, 60000);
    const csv = await root.open('/admin/usage.csv');
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(csv.headers.get('content-disposition') ?? '', /attachment/);
    const page = await root.open('/admin/');
    assert.match(page.text, /most today: 1/);
    assert.ok(stepsOf(page).includes('/admin/network'), 'no media came yet');
    const month = (p) => [...p.html.matchAll(/<tr><th scope="row" data-label="Month">([^<]*)<\/th>(.*?)<\/tr>/g)].map((m) => [m[1], ...[...m[2].matchAll(/<td[^>]*>([^<]*)/g)].map((c) => c[1])].join(' '));
    assert.match(month(page).join(), /^\d{4}-\d\d 1 0\.\d 1$/);
    for (const [date, name, meetings, minutes, peak] of [['2026-02-28', '', 3, 61, 7], ['2026-02-01', '', 4, 30, 9], ['2026-02-01', 'a', 2, 6, 5], ['2026-01-31', '', 1, 600, 2]]) {
      metricsChange(server, `INSERT INTO usage VALUES (?, ?, ?, ?, ?)`, Date.parse(date) / 1000, name, meetings, minutes * 60, peak);
    }
    assert.deepEqual(month(await root.open('/admin/')).slice(1), ['2026-02 7 1.5 9', '2026-01 1 10.0 2']);
    assert.deepEqual(month(await root.open('/admin/groups/a/')).slice(1), ['2026-02 2 0.1 5']);
    metricsChange(server, 'UPDATE samples SET bits_in = 1000 WHERE step = 86400');
    assert.ok(!stepsOf(await root.open('/admin/')).includes('/admin/network'));
  });

  test('what is to be done goes line by line, and then as a whole', async (t) => {
    const server = await serverFor(t, { groups: {} });
    await ready(server);
    const root = new Browser(server);
    await root.signIn();
    metricsChange(server, 'DELETE FROM samples WHERE step < 86400');
    const fresh = await root.open('/admin/');
    assert.match(fresh.text, /There is nothing to show of this time yet\./);
    assert.match(fresh.text, /in the time zone UTC, days are UTC/);
    assert.equal((await root.open('/admin/accounts/.new?preset=administrator')).form('/admin/accounts/.new').fields.get('preset'), 'administrator');
    assert.deepEqual(stepsOf(await root.open('/admin/')), ['/admin/groups/.new', '/admin/network', '/admin/settings/addresses', '/admin/accounts/.new?preset=administrator', '/admin/backup']);
    await root.submit((await root.open('/admin/groups/.new')).form('/admin/groups/.new').fill({ name: 'first' }));
    await makeAccount(root, { login: 'vetinari', preset: 'administrator' }, 'hogfather on a string');
    assert.deepEqual(stepsOf(await root.open('/admin/')), ['/admin/network', '/admin/settings/addresses', '/admin/backup']);
    metricsChange(server, 'UPDATE samples SET bits_in = 1000 WHERE step = 86400');
    server.writeFile('data/backups/nereid-1.tar.gz', 'x');
    const page = await root.open('/admin/');
    assert.deepEqual(stepsOf(page), ['/admin/settings/addresses']);
    assert.match(page.text, /4 of 5 done/);
    assert.doesNotMatch(page.text, /None yet/);
    server.writeConfig({ ...JSON.parse(readFileSync(join(server.dir, 'data/config.json'), 'utf8')), canonicalHost: `localhost:${server.port}` });
    await eventually(async () => assert.doesNotMatch((await root.open('/admin/')).text, /Do this next/));
  });

  test('who may see some groups sees those alone', async (t) => {
    const server = await serverFor(t, { groups: { 'school/a': open, lab: open } });
    const root = new Browser(server);
    await root.signIn();
    const { person: susan } = await makeAccount(root, { login: 'susan', preset: 'support', prefix: 'school', subtree: 'on' }, 'hogfather on a string');
    for (const [name, group] of Object.entries({ a: 'lab', b: 'lab', c: 'school/a' })) await joinGroup(t, server, group, name, 'x');
    await eventually(async () => assert.match((await susan.open('/admin/usage.csv')).html, /most_people_in_one_meeting\r\n[\d-]+,1,\d+,1\r\n$/), 60000);
    const page = await susan.open('/admin/');
    assert.equal(page.html.split('class="chart-picture"').length - 1, 4);
    assert.match(page.text, /0 Streams from people 0 to people 0 kbit\/s Bitrate in 0 kbit\/s out 0 % Lost packets/);
    assert.match(page.text, /Most at once: 1/);
    assert.match(page.text, /most today: 1/);
    assert.doesNotMatch(page.text, /lab|processor|Last backup|Sign-ins refused|Do this next/);
    assert.match((await root.open('/admin/')).text, /most today: 3/);
  });

  test('sign-ins that were refused are shown to those who may read the log', async (t) => {
    const server = await serverFor(t, { groups: {} });
    const root = new Browser(server);
    await new Browser(server).signIn('moist', 'stamps');
    await root.signIn();
    assert.match((await root.open('/admin/')).text, /Sign-ins refused last moist from 127\.0\.0\.1/);
  });

  test('without mediad the last figures stand there with their time', async (t) => {
    const server = await serverFor(t, { groups: {} });
    await ready(server);
    const root = new Browser(server);
    await root.signIn();
    assert.doesNotMatch((await root.open('/admin/')).html, /stat old/);
    metricsChange(server, 'UPDATE samples SET at = at - 600, bits_out = 3000000, n = 1 WHERE step = 10');
    const page = await root.open('/admin/');
    assert.match(page.html, /class="card stat old"/);
    assert.match(page.text, /3\.0 Mbit\/s out, as of \d{4}-/);
  });

  test('a damaged metrics.db is moved aside and begun anew', async (t) => {
    const dir = temporaryDirectory();
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    let server = await startServer({ dir, config: {} });
    t.after(() => server.stop());
    await ready(server);
    await server.stop();
    const file = join(dir, 'data/metrics.db');
    for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
    writeFileSync(file, 'no database at all\n'.repeat(100));
    server = await startServer({ dir, config: {} });
    await ready(server);
    assert.match(server.log, /metrics\.db cannot be used .*moved aside/);
    assert.match(readFileSync(`${file}.damaged`, 'utf8'), /^no database/);
    const root = new Browser(server);
    assert.equal((await root.signIn()).status, 200);
    assert.equal((await root.open('/admin/')).status, 200);
  });
});
