// The console's groups as a person without JavaScript uses them: settings, users, versions, files, conflicts.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Browser, makeAccount, unescapeHtml } from '../lib/console.mjs';
import { fileOf, hostile } from '../lib/console_facts.mjs';
import { fillMetrics, metricsChange } from '../lib/metrics.mjs';
import { keepRecording } from '../lib/recordings.mjs';
import { change, query, temporaryFiles } from '../lib/store.mjs';
import { eventually, serverFor, startServer, top } from '../lib/server.mjs';
import { join as joinGroup } from '../lib/ws_client.mjs';

const hostileBidi = `x\u202e${hostile}`;

describe('groups', () => {
  let server;
  let b;
  before(async () => {
    server = await startServer({ groups: {} });
    b = new Browser(server);
    await b.signIn();
  });
  after(() => server.stop());

  const make = async (name, values = {}) => {
    const page = await b.open('/admin/groups/.new');
    return b.submit(page.form('/admin/groups/.new').fill({ name, ...values }));
  };
  const edit = async (name, values) => {
    const page = await b.open(`/admin/groups/${name}/.edit`);
    return b.submit(page.form(`/admin/groups/${name}/.edit`).fill(values));
  };
  const addUser = async (group, values) => {
    const page = await b.open(`/admin/groups/${group}/.users/.new`);
    return b.submit(page.form(`/admin/groups/${group}/.users/.new`).fill(values));
  };

  test('a new group is a file, and the media server knows it', async () => {
    const page = await make('watch/night', { displayName: 'Night watch', public: 'yes', start: 'open' });
    assert.equal(page.path, '/admin/groups/watch/night/');
    assert.match(page.text, /The group watch\/night was made/);
    assert.match(page.text, /Open to the world/);
    assert.deepEqual(fileOf(server, 'watch/night'), {
      'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
      displayName: 'Night watch',
      public: true,
    });
    await eventually(async () => {
      const status = await (await server.get('/group/watch/night/.status')).json();
      assert.equal(status.displayName, 'Night watch');
    });
    assert.match((await new Browser(server).open('/')).html, /Night watch/);
  });

  test('a group shows its whole address with a QR code, a poster, and who changed it last', async () => {
    const page = await b.open('/admin/groups/watch/night/');
    const link = `${server.base}/group/watch/night/`;
    assert.ok(page.html.includes(`<a href="${link}">`), 'the whole address');
    assert.match(page.html, /class="qr-code"/);
    assert.match(page.html, /\.history\/1"><time[^<]*<\/time><\/a>, root/);
    const poster = await b.open('/admin/groups/watch/night/.poster');
    assert.ok(poster.text.includes(link) && poster.text.includes('Night watch'));
  });

  test('what cannot be a group is said beside the field, with all values kept', async () => {
    for (const [name, words] of [['', 'Write a name'], ['.hidden', 'cannot be the name'], ['a//b', 'cannot be the name'],
      ['a\\b', 'cannot be the name'], [hostileBidi, 'cannot be the name'], ['watch/night', 'There is a group of this name']]) {
      const page = await make(name, { displayName: 'Kept' });
      assert.equal(page.status, 422, name);
      assert.match(page.title, /^Error:/);
      assert.ok(page.text.includes(words), `${name}: ${page.text.slice(0, 400)}`);
      assert.equal(page.form('/admin/groups/.new').fields.get('displayName'), 'Kept');
      assert.equal(page.form('/admin/groups/.new').fields.get('name'), name);
    }
  });

  test('a group starts from the settings of another, or from JSON', async () => {
    await make('model', { displayName: 'Model' });
    await edit('model', { description: 'Copied', 'max-clients': '7' });
    await addUser('model', { name: 'vimes', role: 'op', kind: 'set', password: 'sleep walking fish' });
    await make('copy', { start: 'copy', copy: 'model' });
    assert.deepEqual(fileOf(server, 'copy'), { displayName: 'Model', description: 'Copied', 'max-clients': 7 });
    await make('json', { start: 'json', json: '{"autolock": true}' });
    assert.deepEqual(fileOf(server, 'json'), { autolock: true });
    const bad = await make('json2', { start: 'json', json: '{"autolock": 3}' });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /line 1 column \d+/);
    assert.ok(!existsSync(server.groupFile('json2')));
  });

  test('settings reach the file, untouched text stays byte for byte, and Undo takes it back', async () => {
    const text = '{\n\t"users": {"vimes":   {"permissions":"op"}},\n\t"x-own": [1,2,  3]\n}\n';
    writeFileSync(server.groupFile('hand'), text);
    await eventually(async () => assert.equal((await b.open('/admin/groups/hand/')).status, 200));
    const page = await edit('hand', {
      displayName: 'By hand', description: 'two\r\nlines', public: 'yes', 'max-clients': '12',
      'max-history-age': '2', 'max-history-age-unit': 'days', 'last-n': '9', codecs: ['vp9', 'opus'], 'allow-anonymous': 'no',
      'not-before': '2031-02-03T04:05', expires: '2032-01-01T00:00:30', redirect: '',
    });
    assert.equal(page.status, 200);
    assert.match(page.text, /Saved:.*Description/);
    const now = readFileSync(server.groupFile('hand'), 'utf8');
    assert.ok(now.startsWith(text.slice(0, text.indexOf(']')).slice(0, 40)), now);
    assert.ok(now.includes('{"vimes":   {"permissions":"op"}}') && now.includes('[1,2,  3]'), now);
    assert.deepEqual(JSON.parse(now), {
      users: { vimes: { permissions: 'op' } },
      'x-own': [1, 2, 3],
      displayName: 'By hand',
      description: 'two\nlines',
      public: true,
      'max-clients': 12,
      'max-history-age': 172800,
      'last-n': 9,
      codecs: ['vp9', 'opus'],
      'allow-anonymous': false,
      'not-before': '2031-02-03T04:05:00Z',
      expires: '2032-01-01T00:00:30Z',
    });
    const same = await edit('hand', {});
    assert.match(same.text, /Nothing was changed/);
    assert.equal(readFileSync(server.groupFile('hand'), 'utf8'), now);
    const changed = await edit('hand', { description: '', public: null });
    const undo = changed.forms().find((f) => /\.history\/\d+\/restore$/.test(f.action));
    assert.ok(undo, 'the message has Undo');
    await b.submit(undo);
    assert.deepEqual(fileOf(server, 'hand'), JSON.parse(now));
  });

  test('codecs are ticked and put into order by buttons, a field goes back to its default, and neither saves by itself', async () => {
    const at = '/admin/groups/ordered/.edit';
    await make('ordered', { displayName: 'Ordered' });
    await edit('ordered', { codecs: ['vp9', 'opus'], 'max-clients': '5' });
    const text = readFileSync(server.groupFile('ordered'), 'utf8');
    const press = (page, button) => b.submit(page.form(at).fill({ do: button }));
    let page = await b.open(at);
    assert.deepEqual(page.form(at).fields.getAll('codec-order').slice(0, 2), ['vp9', 'opus'], 'those of the file come first');
    for (let i = 0; i < 2; i++) page = await press(page, 'up:vp8');
    page = await press(page, 'up:vp8');
    assert.match(page.text, /Nothing is saved yet/);
    assert.deepEqual(page.form(at).fields.getAll('codec-order').slice(0, 3), ['vp8', 'vp9', 'opus'], 'the first one stays the first');
    page = await press(page, 'down:vp9');
    page = await b.submit(page.form(at).fill({ do: 'reset:max-clients', codecs: ['opus', 'vp9', 'vp8'], comment: 'kept' }));
    assert.equal(page.form(at).fields.get('max-clients'), '');
    assert.equal(page.form(at).fields.get('comment'), 'kept');
    assert.equal(readFileSync(server.groupFile('ordered'), 'utf8'), text, 'nothing is saved yet');
    assert.equal((await press(page, 'reset:users')).status, 400);
    assert.equal((await b.submit(page.form(at))).status, 200);
    assert.deepEqual(fileOf(server, 'ordered'), { displayName: 'Ordered', codecs: ['vp8', 'opus', 'vp9'], comment: 'kept' });
    await edit('ordered', { codecs: null });
    assert.equal(fileOf(server, 'ordered').codecs, undefined, 'nothing ticked is the default');
  });

  test('times are shown and written in the zone of the account', async () => {
    const { person } = await makeAccount(b, { login: 'zoe', preset: 'administrator' }, 'hogfather on a string');
    const at = '/admin/groups/zoned/.edit';
    const zone = async (value) => person.submit((await person.open('/admin/account')).form('/admin/account/settings').fill({ zone: value }));
    await zone('Europe/Berlin');
    await make('zoned');
    await person.submit((await person.open(at)).form(at).fill({ 'not-before': '2031-07-01T10:00', expires: '2031-12-24T18:30' }));
    assert.deepEqual(fileOf(server, 'zoned'), { 'not-before': '2031-07-01T10:00:00+02:00', expires: '2031-12-24T18:30:00+01:00' });
    await zone('Asia/Tokyo');
    const page = await person.open(at);
    assert.match(page.text, /Time zone: Asia\/Tokyo/);
    assert.equal(page.form(at).fields.get('not-before'), '2031-07-01T17:00');
    await person.submit(page.form(at).fill({ comment: 'no time is touched' }));
    assert.deepEqual(fileOf(server, 'zoned'), {
      'not-before': '2031-07-01T10:00:00+02:00', expires: '2031-12-24T18:30:00+01:00', comment: 'no time is touched',
    });
  });

  test('what nobody may have meant is said once before it is saved, and of changed settings alone', async () => {
    const at = '/admin/groups/care/.edit';
    await make('care', { start: 'open' });
    const said = await edit('care', { public: 'yes', autolock: 'yes', codecs: ['opus'], expires: '2020-01-01T00:00' });
    assert.match(said.text, /Before it is saved.*Open to the world.*Nobody can unlock it.*nobody is seen.*closing time is over/);
    assert.equal(fileOf(server, 'care').public, undefined, 'nothing is saved yet');
    const more = await b.submit(said.form(at).fill({ autokick: 'yes' }));
    assert.match(more.text, /Before it is saved.*Nobody can stay/, 'what is new is said, too');
    const saved = await b.submit(more.form(at));
    assert.match(saved.text, /Saved:/);
    assert.deepEqual(fileOf(server, 'care').codecs, ['opus']);
    assert.match((await edit('care', { comment: 'as it was' })).text, /Saved: Comment/);
    await make('loop', { start: 'open' });
    assert.match((await edit('loop', { redirect: '/group/loop/' })).text, /leads to this group itself/);
    await make('astray');
    assert.match((await b.open('/admin/groups/astray/')).text, /Who should come in\?/);
    assert.match((await edit('astray', { redirect: '/group/loop/' })).text, /Saved: Redirect/);
    assert.doesNotMatch((await b.open('/admin/groups/astray/')).text, /Who should come in\?/, 'nobody meets there');
    await make('onwards', { start: 'open' });
    assert.match((await edit('onwards', { redirect: '/group/loop/' })).text, /Saved: Redirect/, 'there people arrive');
    for (const [redirect, words] of [
      [`${server.base}/group/onwards/?token=x`, /leads to onwards, which sends everybody back here, so nobody arrives/],
      [`https://LOCALHOST:${server.port}/group/nowhere/at/all`, /leads to nowhere\/at\/all, which is not there/],
      ['/group/%6coop/', /leads to this group itself/],
    ]) assert.match((await edit('loop', { redirect })).text, words, redirect);
    assert.doesNotMatch((await edit('loop', { redirect: 'https://elsewhere.example.org/group/onwards/' })).text, /leads to|Before it is saved/);
    const chained = await edit('care', { redirect: '/group/onwards/' });
    assert.match(chained.text, /Before it is saved.*leads to onwards, which sends everybody on/);
    assert.equal(fileOf(server, 'care').redirect, undefined, 'nothing is saved yet');
    assert.match((await b.submit(chained.form(at))).text, /Saved: Redirect/);
    assert.match((await b.open('/admin/groups/care/')).text, /leads to onwards, which sends everybody on/);
    const keyless = await edit('loop', { redirect: '', authServer: 'https://auth.example.org/' });
    assert.match(keyless.text, /There is no key yet/);
  });

  test('meetings below and the room of recordings stand beside the settings that they are of', async (t) => {
    const at = '/admin/groups/faculty/.edit';
    await make('faculty', { start: 'open' });
    await edit('faculty', { 'auto-subgroups': 'yes' });
    const beside = (page, field) => new RegExp(`<span class="help" id="${field}-beside">(.*?)</span>`).exec(page.html)?.[1];
    assert.equal(beside(await b.open(at), 'auto-subgroups'), 'Nobody is in a subgroup now.');
    assert.equal(beside(await b.open(at), 'allow-recording').replace(/[\d.]+ [GM]B are/, 'N are'), 'Its recordings take 0 bytes; there is no limit for a group. N are free on the disk.');
    keepRecording(server, 'faculty', '2026-11-29T12:00:00.123-ann.webm', 'x'.repeat(2000));
    writeFileSync(join(server.dir, 'data/mediad.json'), JSON.stringify({ recording: { 'group-bytes': 5000000 } }));
    await joinGroup(t, server, 'faculty/maths', 'ann', 'x');
    await joinGroup(t, server, 'faculty/maths', 'bob', 'x');
    await joinGroup(t, server, 'faculty0', 'eve', 'x').catch(() => {});
    await eventually(async () => {
      const page = await b.open(at);
      assert.equal(beside(page, 'auto-subgroups'), 'People are in 1 subgroup now: <a href="/admin/groups/faculty/maths/.live">maths (2)</a>');
      assert.match(beside(page, 'allow-recording'), /^Its recordings take [1-9][\d.]* \w+ of the 5\.0 MB allowed for a group\. /);
    });
    assert.match((await b.open('/admin/groups/faculty/')).text, /People are in 1 subgroup now: maths \(2\)/);
  });

  test('a user was last there when they came in, in a subgroup too, or never; names that nobody made are not kept', async (t) => {
    await make('crew', { start: 'open' });
    await edit('crew', { 'auto-subgroups': 'yes' });
    for (const name of ['ann', 'bob', 'cy']) await addUser('crew', { name, role: 'present', kind: 'any' });
    const last = (page) => Object.fromEntries([...page.html.matchAll(/<th scope="row" data-label="User">\s*<a[^>]*>(?:<em>)?([^<]*)[\s\S]*?data-label="Came in last">([\s\S]*?)<\/td>/g)]
      .map((m) => [m[1], /datetime="([^"]+)"/.exec(m[2])?.[1] ?? m[2].replace(/<[^>]*>/g, '').trim()]));
    assert.deepEqual(last(await b.open('/admin/groups/crew/.users/')), { ann: 'Never', bob: 'Never', cy: 'Never', 'Anyone else': '–' });
    for (const [group, name] of [['crew', 'ann'], ['crew/deck', 'bob'], ['crew', 'stranger']]) await joinGroup(t, server, group, name, 'x');
    await eventually(async () => {
      const page = await b.open('/admin/groups/crew/.users/');
      const { ann, bob, ...others } = last(page);
      for (const at of [ann, bob]) assert.ok(Math.abs(Date.now() - Date.parse(at)) < 120000, at);
      assert.deepEqual(others, { cy: 'Never', 'Anyone else': '–' });
      assert.match(page.text, /Noted since: \d{4}-/);
    }, 30000);
    assert.deepEqual(query(server, 'SELECT user_name FROM user_joins ORDER BY 1').map((row) => row.user_name), ['ann', 'bob']);
  });

  test('an old form is written anew by a click, an unknown member gets the name that was meant, or goes', async () => {
    const at = '/admin/groups/aged/.edit';
    const member = (page, what, name) => page.forms().find((f) => f.action.endsWith('.members') &&
      (!name || f.fields.get('member') === name)).fill({ do: what });
    writeFileSync(server.groupFile('aged'), '{\n  "op": [{"username": "jch", "password": "x"}],\n  "presenter": [{}],\n  "allow-subgroups": true,\n' +
      '  "dispalyName": "Aged", "maxClients": "many",\n  "x-own":  [1,2]\n}\n');
    let page = await b.open(at);
    assert.match(page.text, /old form/);
    page = await b.submit(member(page, 'upgrade'));
    assert.match(page.text, /The file was changed/);
    assert.doesNotMatch(page.text, /old form/);
    assert.deepEqual(fileOf(server, 'aged'), {
      dispalyName: 'Aged', maxClients: 'many', 'x-own': [1, 2], users: { jch: { password: 'x', permissions: 'op' } },
      'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' }, 'auto-subgroups': true,
    });
    assert.match(page.text, /It should be displayName.*It should be max-clients/);
    assert.equal((await b.submit(member(page, 'rename', 'maxClients'))).status, 400, 'many is no number');
    page = await b.submit(member(await b.open(at), 'rename', 'dispalyName'));
    page = await b.submit(member(page, 'remove', 'maxClients'));
    assert.equal((await b.submit(member(page, 'remove', 'x-own').fill({ member: 'users' }))).status, 404, 'not one of ours');
    assert.ok(readFileSync(server.groupFile('aged'), 'utf8').includes('"x-own":  [1,2]'), 'the rest is as it was written');
    assert.equal(fileOf(server, 'aged').displayName, 'Aged');
    assert.equal(fileOf(server, 'aged').maxClients, undefined);
  });

  test('settings that cannot be are refused one by one', async () => {
    await make('bad');
    const before = readFileSync(server.groupFile('bad'), 'utf8');
    const rows = [
      ['displayName', 'x'.repeat(1001)], ['description', 'ä'.repeat(5001)],
      ['contact', 'x'.repeat(10001)], ['redirect', 'javascript:alert(1)'], ['redirect', 'https://'], ['redirect', '//elsewhere/'],
      ['max-clients', '-1'], ['max-clients', '1000001'], ['max-clients', '1.5'], ['max-clients', 'many'],
      ['max-history-age', '40000'], ['last-n', '-2'], ['last-n', '1001'], ['last-n', 'all'], ['not-before', 'tomorrow'], ['codecs', ['vp8', 'divx']],
      ['authServer', 'ftp://x/'], ['authServer', 'http://auth.example.org/'], ['authPortal', 'http://localhost.example.org/'], ['authPortal', 'http://localhost:1@auth.example.org/'],
    ];
    for (const [field, value] of rows) {
      const page = await edit('bad', { [field]: value, 'max-history-age-unit': 'days', comment: 'kept' });
      assert.equal(page.status, 422, `${field}: ${value}`);
      assert.match(page.html, new RegExp(`<li><a href="#${field}">`), field);
      const form = page.form('/admin/groups/bad/.edit');
      assert.deepEqual(form.fields.getAll(field), [value].flat(), 'the value is kept');
      assert.equal(form.fields.get('comment'), 'kept');
    }
    const both = await edit('bad', { 'max-clients': 'many', redirect: 'no:where', codecs: 'divx' });
    for (const field of ['max-clients', 'redirect', 'codecs']) {
      assert.equal(both.html.split(`<li><a href="#${field}">`).length, 2, `${field} is said, once`);
    }
    await make('near');
    for (const authPortal of ['http://localhost:8080/in', 'http://127.0.0.1', 'http://[::1]:8080/?in']) {
      assert.equal((await edit('near', { authPortal })).status, 200, authPortal);
    }
    const order = await edit('bad', { 'not-before': '2030-01-02T00:00', expires: '2030-01-01T00:00' });
    assert.equal(order.status, 422);
    assert.equal(readFileSync(server.groupFile('bad'), 'utf8'), before);
  });

  // What files hold and the API takes (docs/openapi.yaml, schema Group), and more than that, which only a file may hold.
  const unusual = {
    description: 'd'.repeat(5000),
    displayName: 'n'.repeat(600),
    contact: 'c'.repeat(900),
    'max-clients': 500000,
    'max-history-age': 40000000,
    authServer: `https://auth.example.org/${'a'.repeat(2975)}`,
    redirect: '/group/other/',
  };
  const beyond = {
    description: `${'d'.repeat(20000)}\r\nand\ran\n\nend `,
    displayName: ` two\nlines\r${'n'.repeat(2000)}`,
    contact: 'a\u0007b',
    'max-clients': 5000000,
    'max-history-age': 4000000000,
    redirect: `/${'r'.repeat(9000)}`,
    codecs: ['vp8', 'divx', 'vp8', 'a,b'],
    expires: '2020-01-01T00:00:00.125+01:00',
    'not-before': '2021-01-01T00:00:00Z',
    public: false,
    'allow-anonymous': true,
  };
  for (const [kind, members] of [['what the API takes', unusual], ['what only a file holds', beyond]]) {
    for (const [name, value] of Object.entries(members)) {
      test(`saving a comment leaves a ${name} alone: ${kind}`, async () => {
        const group = `unusual-${kind.length}-${name}`.toLowerCase();
        const text = (comment) => `{"users" : {},\n  "${name}" :${JSON.stringify(value)}, "comment": ${JSON.stringify(comment)}  }\n\n`;
        if (kind === 'what the API takes') {
          const r = await server.api(`.groups/api-${group}`, { method: 'PUT', json: { [name]: value } });
          assert.equal(r.status, 201, await r.text());
        }
        writeFileSync(server.groupFile(group), text('before'));
        const saved = await edit(group, { comment: 'after' });
        assert.equal(saved.status, 200, saved.text.slice(0, 500));
        assert.match(saved.text, /Saved: Comment\b/);
        assert.equal(readFileSync(server.groupFile(group), 'utf8'), text('after'));
      });
    }
  }

  test('the form has the members that docs/openapi.yaml has, with its limits, and takes values up to them', async () => {
    const { properties } = parse(readFileSync(join(top, 'docs/openapi.yaml'), 'utf8')).components.schemas.Group;
    await make('limits');
    const page = await b.open('/admin/groups/limits/.edit');
    const tags = new Map([...page.html.matchAll(/<(?:input|textarea|select)\b[^>]*\bname="([^"]*)"[^>]*>/g)].map((m) => [m[1], m[0]]));
    for (const [name, rule] of Object.entries(properties)) {
      if (rule.writeOnly) continue;
      assert.ok(tags.delete(name), `there is a field ${name}`);
      const tag = page.html.match(new RegExp(`<(?:input|textarea)\\b[^>]*\\bname="${name}"[^>]*>`))?.[0] ?? '';
      assert.equal(/maxlength="(\d+)"/.exec(tag)?.[1], rule.maxLength?.toString(), name);
    }
    assert.deepEqual([...tags.keys()].filter((n) => !['csrf', 'form', 'base', 'q'].includes(n)), ['max-history-age-unit', 'codec-order']);
    const most = (rule, isUrl) => (rule.type === 'integer' ? rule.maximum : (isUrl ? 'https://x/' : '').padEnd(rule.maxLength, 'x'));
    for (const [name, rule] of Object.entries(properties)) {
      if (!rule.maxLength && !rule.maximum) continue;
      const values = { [name]: most(rule, /^auth|^redirect/.test(name)), 'max-history-age-unit': 'seconds' };
      assert.equal((await edit('limits', values)).status, 200, name);
      values[name] = rule.type === 'integer' ? rule.maximum + 1 : `${values[name]}x`;
      assert.equal((await edit('limits', values)).status, 422, name);
    }
  });

  test('a form that is sent twice at once is one change, and both answers lead to it', async () => {
    await make('twice');
    const twice = async (path, action, values) => {
      const form = (await b.open(path)).form(action).fill(values);
      return (await Promise.all([b.send(form), b.send(form)])).map((answer) => answer.headers.get('location'));
    };
    for (let i = 0; i < 5; i++) {
      assert.deepEqual(new Set(await twice('/admin/groups/.new', '/admin/groups/.new', { name: `twice/${i}` })),
        new Set([`/admin/groups/twice/${i}/`]));
      assert.deepEqual(new Set(await twice('/admin/groups/twice/.users/.new', '/admin/groups/twice/.users/.new',
        { name: `user${i}`, role: 'op', kind: 'none' })), new Set(['/admin/groups/twice/.users/']));
      const [first, second] = await twice('/admin/groups/twice/.tokens/', '/admin/groups/twice/.tokens/', {});
      assert.match(first, /^\/admin\/groups\/twice\/\.tokens\/[0-9a-f]{64}$/);
      assert.equal(first, second);
    }
    const list = await b.open('/admin/groups/twice/.tokens/');
    assert.equal(new Set(list.html.match(/\.tokens\/[0-9a-f]{64}/g)).size, 5);
  });

  test('when a change fails on the server, the form keeps what was written, and sent again it works', async () => {
    await make('kept');
    const rows = [
      ['/admin/groups/kept/.edit', { description: 'written long' }],
      ['/admin/groups/kept/.users/.new', { name: 'written', role: 'op', kind: 'none' }],
      ['/admin/groups/kept/.raw', { text: '{"comment": "written"}\n' }],
      ['/admin/groups/.new', { name: 'kept/new', displayName: 'written' }],
    ];
    for (const [path, values] of rows) {
      const before = readFileSync(server.groupFile('kept'), 'utf8');
      const form = (await b.open(path)).form(path).fill(values);
      change(server, 'ALTER TABLE audit RENAME TO audit_away');
      const failed = await b.submit(form);
      change(server, 'ALTER TABLE audit_away RENAME TO audit');
      assert.equal(failed.status, 503, path);
      assert.match(failed.text, /Nothing was saved/, path);
      for (const [name, value] of Object.entries(values)) assert.equal(failed.form(path).fields.get(name), value, `${path}: ${name}`);
      assert.equal(readFileSync(server.groupFile('kept'), 'utf8'), before, path);
      const again = await b.send(failed.form(path));
      assert.equal(again.status, 303, path);
    }
    assert.deepEqual(temporaryFiles(server), []);
  });

  test('an edit by hand meanwhile is merged; the same field is a conflict that loses nothing', async () => {
    await make('both', { displayName: 'First' });
    const form = (await b.open('/admin/groups/both/.edit')).form('/admin/groups/both/.edit');
    writeFileSync(server.groupFile('both'), JSON.stringify({ displayName: 'First', contact: 'by hand' }));
    const merged = await b.submit(form.fill({ description: 'by form' }));
    assert.equal(merged.status, 200);
    assert.deepEqual(fileOf(server, 'both'), { displayName: 'First', contact: 'by hand', description: 'by form' });

    const second = (await b.open('/admin/groups/both/.edit')).form('/admin/groups/both/.edit');
    writeFileSync(server.groupFile('both'),
      JSON.stringify({ displayName: 'Theirs', contact: 'new', description: 'by form' }));
    const conflict = await b.submit(second.fill({ displayName: 'Mine', comment: 'also mine' }));
    assert.equal(conflict.status, 409);
    for (const word of ['First', 'Theirs', 'Mine', 'edited by hand']) assert.ok(conflict.text.includes(word), word);
    assert.equal(fileOf(server, 'both').displayName, 'Theirs', 'nothing is saved yet');
    const again = conflict.form('/admin/groups/both/.edit');
    assert.equal(again.fields.get('displayName'), 'Mine');
    assert.equal(again.fields.get('comment'), 'also mine');
    assert.equal(again.fields.get('contact'), 'new');
    assert.equal((await b.submit(again)).status, 200);
    assert.deepEqual(fileOf(server, 'both'),
      { displayName: 'Mine', contact: 'new', description: 'by form', comment: 'also mine' });
  });

  test('a form that is sent twice counts once', async () => {
    const page = await b.open('/admin/groups/.new');
    const form = page.form('/admin/groups/.new').fill({ name: 'once' });
    const [one, two] = [await b.send(form), await b.send(form)];
    assert.equal(one.status, 303);
    assert.equal(two.status, 303);
    assert.equal(one.headers.get('location'), two.headers.get('location'));
  });

  test('users: passwords are hashed, open ones are said to be open, special ones have their place', async () => {
    await make('people');
    const page = await addUser('people', { name: 'vimes', role: 'op', kind: 'set', password: 'night' });
    assert.equal(page.path, '/admin/groups/people/.users/');
    assert.match(page.text, /easy to guess/);
    assert.ok(!page.html.includes('>night<'));
    let users = fileOf(server, 'people').users;
    assert.equal(users.vimes.permissions, 'op');
    assert.equal(users.vimes.password.type, 'bcrypt');
    assert.match(users.vimes.password.key, /^\$2[aby]\$10\$/);
    await addUser('people', { name: 'long', role: 'present', kind: 'set', password: 'x'.repeat(80) });
    assert.equal(fileOf(server, 'people').users.long.password.type, 'pbkdf2');
    const special = async (place, values) => {
      const at = await b.open(`/admin/groups/people/${place}`);
      return b.submit(at.form(`/admin/groups/people/${place}`).fill(values));
    };
    const open = await special('.wildcard-user', { role: 'message', kind: 'any' });
    assert.match(open.html, /Anyone else[\s\S]*Open/);
    await special('.empty-user', { role: 'observe', kind: 'none' });
    const file = fileOf(server, 'people');
    assert.deepEqual(file['wildcard-user'], { permissions: 'message', password: { type: 'wildcard' } });
    assert.equal(file.users[''].permissions, 'observe');
    await addUser('people', { name: 'own', role: 'custom', kind: 'none', word: ['message', 'record'] });
    assert.deepEqual(fileOf(server, 'people').users.own.permissions, ['message', 'record']);
  });

  test('users: keeping the password, renaming, duplicates, conflicts, removing', async () => {
    await make('change');
    await addUser('change', { name: 'carrot', role: 'present', kind: 'set', password: 'sleep walking fish' });
    const hash = fileOf(server, 'change').users.carrot.password.key;
    const at = '/admin/groups/change/.users/carrot';
    const open = async () => (await b.open(at)).form(at);
    await b.submit((await open()).fill({ name: 'ironfoundersson', role: 'op', kind: 'keep' }));
    assert.deepEqual(fileOf(server, 'change').users,
      { ironfoundersson: { permissions: 'op', password: { type: 'bcrypt', key: hash } } });
    assert.equal((await b.open(at)).status, 404);
    const twice = await addUser('change', { name: 'ironfoundersson', role: 'op', kind: 'none' });
    assert.equal(twice.status, 422);
    assert.match(twice.text, /There is a user of this name/);
    for (const name of ['', '.x', 'RECORDING', 'a\u202e']) {
      assert.equal((await addUser('change', { name, role: 'op', kind: 'none' })).status, 422, name);
    }
    const here = '/admin/groups/change/.users/ironfoundersson';
    const stale = (await b.open(here)).form(here).fill({ role: 'observe', kind: 'keep' });
    const file = fileOf(server, 'change');
    file.users.ironfoundersson.permissions = 'message';
    writeFileSync(server.groupFile('change'), JSON.stringify(file));
    const conflict = await b.submit(stale);
    assert.equal(conflict.status, 409);
    assert.equal(fileOf(server, 'change').users.ironfoundersson.permissions, 'message');
    await b.submit(conflict.form(here));
    assert.equal(fileOf(server, 'change').users.ironfoundersson.permissions, 'observe');
    const remove = await b.open(`${here}/.delete`);
    await b.submit(remove.form(`${here}/.delete`));
    assert.deepEqual(fileOf(server, 'change').users ?? {}, {});
  });

  test('users: a hash that was made elsewhere is taken, anything else is refused', async () => {
    await make('hashes');
    const key = '$2y$10$abcdefghijklmnopqrstuu5Y6SV6nxIVBRB0Kfyb5sWfvNrfEEWQm';
    await addUser('hashes', { name: 'a', role: 'op', kind: 'hash', hash: JSON.stringify({ type: 'bcrypt', key }) });
    assert.equal(fileOf(server, 'hashes').users.a.password.key, key);
    for (const hash of ['', '"plain"', '{"type": "wildcard"}', '{"type": "bcrypt"}', '{', '{"type":"pbkdf2","iterations":1000000000,"key":"00","salt":"00","hash":"sha-256"}']) {
      assert.equal((await addUser('hashes', { name: 'b', role: 'op', kind: 'hash', hash })).status, 422, hash);
    }
  });

  test('deleting asks for the name, goes to the trash, and can be undone', async () => {
    await make('gone', { displayName: 'Gone' });
    const text = readFileSync(server.groupFile('gone'), 'utf8');
    const page = await b.open('/admin/groups/gone/.delete');
    const wrong = await b.submit(page.form('/admin/groups/gone/.delete').fill({ name: 'gon' }));
    assert.equal(wrong.status, 422);
    assert.ok(existsSync(server.groupFile('gone')));
    const list = await b.submit(wrong.form('/admin/groups/gone/.delete').fill({ name: 'gone' }));
    assert.ok(!existsSync(server.groupFile('gone')));
    await eventually(async () => assert.equal((await server.get('/group/gone/.status')).status, 404));
    const missing = await b.open('/admin/groups/gone/');
    assert.equal(missing.status, 410);
    assert.ok(missing.form('/admin/groups/gone/.undelete'));
    await b.submit(list.form('/admin/groups/gone/.undelete'));
    assert.equal(readFileSync(server.groupFile('gone'), 'utf8'), text);
    await make('gone/below');
    const film = keepRecording(server, 'gone', '20310203T040506.webm', 'film');
    const both = await b.submit((await b.open('/admin/groups/gone/.delete')).form('/admin/groups/gone/.delete').fill({ name: 'gone', below: 'yes', recordings: 'yes' }));
    assert.ok(!existsSync(film), 'in the trash of recordings');
    for (const name of ['gone', 'gone/below']) assert.ok(!existsSync(server.groupFile(name)), name);
    await b.submit(both.forms().find((f) => f.action.includes('.undo/')));
    for (const name of ['gone', 'gone/below']) assert.ok(existsSync(server.groupFile(name)), name);
    assert.equal((await b.open('/admin/groups/nowhere/')).status, 404);
  });

  test('versions say what they changed, and come back with or without users', async () => {
    await make('past', { displayName: 'One' });
    await addUser('past', { name: 'vimes', role: 'op', kind: 'set', password: 'sleep walking fish' });
    await edit('past', { displayName: 'Two' });
    const history = await b.open('/admin/groups/past/.history/');
    for (const word of ['Display name', 'User vimes']) assert.ok(history.text.includes(word), word);
    const version = await b.open('/admin/groups/past/.history/1');
    assert.match(version.text, /One/);
    let back = await b.submit(version.form('/admin/groups/past/.history/1/restore'));
    assert.equal(fileOf(server, 'past').displayName, 'One');
    assert.ok(fileOf(server, 'past').users.vimes, 'users stay');
    await b.submit(back.form('/admin/groups/past/.history/3/restore'));
    assert.equal(fileOf(server, 'past').displayName, 'Two', 'the message has Undo');
    const compare = (await b.open('/admin/groups/past/.history/')).form('/admin/groups/past/.history/.compare');
    const both = await b.open(`${compare.action}?${compare.fill({ from: '1', to: '3' }).fields}`);
    assert.match(both.text, /Display name.*Two/);
    assert.equal((await b.open(`${compare.action}?from=1&to=99`)).status, 404);
    const file = await b.open('/admin/groups/past/.history/3/file.json');
    assert.match(file.headers.get('content-disposition'), /version-3\.json/);
    assert.equal(JSON.parse(file.html).displayName, 'Two');
    assert.doesNotMatch(file.html, /bcrypt|"key"/, 'no secret comes out');
    back = await b.submit((await b.open('/admin/groups/past/.history/1')).form('/admin/groups/past/.history/1/restore-all'));
    assert.equal(fileOf(server, 'past').users, undefined);
    await b.submit(back.form('/admin/groups/past/.history/5/restore-all'));
    assert.ok(fileOf(server, 'past').users.vimes, 'Undo brings users back that went with a restore');
    assert.equal((await b.open('/admin/groups/past/.history/99')).status, 404);
    assert.equal((await b.open('/admin/groups/past/.history/x')).status, 404);
  });

  test('the file as text: secrets are markers, which stay where they are', async () => {
    const text = '{\n  "users": {"vimes": {"password": "plain secret", "permissions": "op"}},\n'
      + '  "wildcard-user": {"password": {"type": "wildcard"}},\n'
      + '  "authKeys": [{"kty": "oct", "alg": "HS256", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0ISE"}]\n}\n';
    writeFileSync(server.groupFile('raw'), text);
    const at = '/admin/groups/raw/.raw';
    await eventually(async () => assert.equal((await b.open(at)).status, 200));
    const page = await b.open(at);
    assert.ok(!page.html.includes('plain secret') && !page.html.includes('c2Vjcm'), page.text);
    const shown = page.form(at).fields.get('text');
    assert.ok(shown.includes('"password": {"$keep": 1}') && shown.includes('"authKeys": {"$keep": 2}'), shown);
    assert.ok(shown.includes('{"type": "wildcard"}'), 'any password is no secret');
    assert.match((await b.submit(page.form(at))).text, /Nothing was changed/);
    const odd = await b.submit(page.form(at).fill({ text: shown.replace('"op"', '"present"'), form: 'f'.repeat(32) }));
    assert.match(odd.text, /The file was saved, but look at line \d: authKeys\.0: unusable key/);
    assert.equal(readFileSync(server.groupFile('raw'), 'utf8'), text.replace('"op"', '"present"'));
    const send = async (edited) => {
      const form = (await b.open(at)).form(at);
      return b.submit(form.fill({ text: edited(form.fields.get('text')) }));
    };
    for (const [what, edited, words] of [
      ['moved', (s) => s.replace('vimes', 'carrot'), /cannot be moved/],
      ['copied', (s) => s.replace('{"type": "wildcard"}', '{"$keep": 1}'), /cannot be moved/],
      ['made up', (s) => s.replace('"$keep": 1', '"$keep": 7'), /cannot be moved/],
      ['no JSON', (s) => s.replace('"users"', 'users'), /line 2 column 3/],
      ['no group', (s) => s.replace('{\n', '{"public": 7,\n'), /public/],
    ]) {
      const refused = await send(edited);
      assert.equal(refused.status, 422, what);
      assert.match(refused.text, words, what);
    }
    const stale = (await b.open(at)).form(at);
    writeFileSync(server.groupFile('raw'), '{"public": true}');
    const conflict = await b.submit(stale);
    assert.equal(conflict.status, 409);
    assert.equal(conflict.form(at).fields.get('text'), stale.fields.get('text').replace(/\r\n/g, '\n'));
    assert.equal(readFileSync(server.groupFile('raw'), 'utf8'), '{"public": true}');
    assert.equal((await b.submit(conflict.form(at))).status, 200, 'seen, and saved all the same');
    assert.equal(readFileSync(server.groupFile('raw'), 'utf8'), text.replace('"op"', '"present"'));
  });

  test('a broken file is mended as text', async () => {
    await make('mend', { displayName: 'Whole' });
    writeFileSync(server.groupFile('mend'), '{"displayName": "Torn",\n  oops');
    const at = '/admin/groups/mend/.raw';
    const page = await eventually(async () => {
      const now = await b.open(at);
      assert.match(now.form(at).fields.get('text'), /oops/);
      return now;
    });
    const mended = await b.submit(page.form(at).fill({ text: '{"displayName": "Mended"}' }));
    assert.match(mended.text, /The file was saved\. /);
    assert.equal(readFileSync(server.groupFile('mend'), 'utf8'), '{"displayName": "Mended"}');
    writeFileSync(server.groupFile('never'), 'never was one');
    const never = await eventually(async () => {
      const now = await b.open('/admin/groups/never/');
      assert.equal(now.path, '/admin/groups/never/.raw');
      return now;
    });
    await b.submit(never.form('/admin/groups/never/.raw').fill({ text: '{}' }));
    assert.equal((await b.open('/admin/groups/never/')).path, '/admin/groups/never/');
  });

  test('invitations let people in until they are removed', async () => {
    await make('guests');
    const page = await b.open('/admin/groups/guests/.tokens/');
    const made = await b.submit(page.form('/admin/groups/guests/.tokens/').fill({ username: 'bob', kind: 'present', span: 'day' }));
    const link = /href="([^"]*\?token=[^"]*)"/.exec(made.html)[1];
    assert.ok(link.startsWith(`${server.base}/group/guests/?token=`), link);
    const token = new URL(link).searchParams.get('token');
    const stored = await (await server.api(`.groups/guests/.tokens/${token}`)).json();
    assert.equal(stored.username, 'bob');
    assert.deepEqual(stored.permissions, ['present', 'message']);
    assert.match((await b.open('/admin/groups/guests/.tokens/')).text, / present, message until 20\d\d-[\d-]+ /, 'a date alone might be the first day');
    await b.submit(made.form('/admin/groups/guests/.tokens/delete'));
    assert.equal((await server.api(`.groups/guests/.tokens/${token}`)).status, 404);
    assert.equal((await b.open(made.path)).status, 404);
  });

  /** The link of a card, and the token as the API has it. */
  const invitationOf = async (card, group) => {
    const link = /href="([^"]*\?token=[^"]*)"/.exec(card.html)[1];
    const token = new URL(link).searchParams.get('token');
    return { link, token, stored: await (await server.api(`.groups/${group}/.tokens/${token}`)).json() };
  };

  test('an invitation has a card with what one sends, and dates that one changes', async () => {
    await make('party');
    const page = await b.open('/admin/groups/party/.tokens/');
    const form = page.form('/admin/groups/party/.tokens/');
    const wrong = await b.submit(form.fill({ label: 'Friends', from: '2031-02-03T04:05', until: '2031-01-01T00:00', kind: 'message' }));
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /would end before it begins/);
    assert.equal(wrong.form('/admin/groups/party/.tokens/').fields.get('label'), 'Friends');
    const over = await b.submit(wrong.form('/admin/groups/party/.tokens/').fill({ from: '', until: '2020-01-01T00:00' }));
    assert.equal(over.status, 422, 'nobody could come in');
    assert.match(over.text, /This time is over already/);
    const card = await b.submit(over.form('/admin/groups/party/.tokens/').fill({ from: '2031-02-03T04:05', until: '2031-02-03T06:05' }));
    assert.match(card.path, /^\/admin\/groups\/party\/\.tokens\/[0-9a-f]{64}$/);
    const { link, token, stored } = await invitationOf(card, 'party');
    assert.equal(Date.parse(stored.expires), Date.parse('2031-02-03T06:05Z'));
    assert.equal(Date.parse(stored['not-before']), Date.parse('2031-02-03T04:05Z'));
    assert.match(card.html, /<svg class="qr-code" viewBox="0 0 (\d+) \1"/);
    const mail = new URL(/href="(mailto:[^"]*)"/.exec(card.html)[1].replaceAll('&amp;', '&'));
    assert.ok(mail.searchParams.get('body').includes(link));
    const calendar = await b.open(`${card.path}/invitation.ics`);
    assert.equal(calendar.headers.get('content-type'), 'text/calendar; charset=utf-8');
    const lines = calendar.html.split('\r\n');
    assert.ok(lines.every((l) => Buffer.byteLength(l) <= 75));
    const whole = calendar.html.replaceAll('\r\n ', '');
    assert.match(whole, /^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n/);
    assert.match(whole, /\r\nDTSTART:20310203T040500Z\r\nDTEND:20310203T060500Z\r\n/);
    assert.ok(whole.includes(`\r\nURL:${link}\r\n`));

    const list = await b.open('/admin/invitations?q=friends');
    assert.ok(list.html.includes(card.path) && list.text.includes('Not yet'), list.text);
    assert.ok(!list.html.includes(token), 'tokens are masked');
    assert.ok(!(await b.open('/admin/invitations?q=friends&state=valid')).html.includes(card.path));

    const saved = await b.submit(card.form(card.path).fill({ label: 'Foes', from: '', until: '2032-01-01T00:00' }));
    assert.equal(saved.path, card.path);
    const now = (await invitationOf(saved, 'party')).stored;
    assert.equal(Date.parse(now.expires), Date.parse('2032-01-01T00:00Z'));
    assert.equal(now['not-before'], undefined);
    assert.deepEqual(now.permissions, stored.permissions);
    assert.match(saved.text, /Foes/);
    assert.equal((await b.open(`${card.path}/invitation.ics`)).status, 404);
    const ended = await b.submit(saved.forms().filter((f) => f.action === card.path)[1]);
    assert.match(ended.text, /has ended/);
    assert.ok(Date.parse((await invitationOf(ended, 'party')).stored.expires) <= Date.now());
    assert.ok((await b.open('/admin/invitations?state=ended')).html.includes(card.path));
  });

  test('rights of an invitation are changed on its card, and it has a poster', async () => {
    await make('concert', { displayName: 'On the hill' });
    const path = '/admin/groups/concert/.tokens/';
    const card = await b.submit((await b.open(path)).form(path).fill({ username: 'anna', kind: 'message' }));
    const { link, stored } = await invitationOf(card, 'concert');
    const twoDays = Date.parse(stored.expires) - Date.now();
    assert.ok(twoDays > 47.9 * 3600e3 && twoDays <= 48 * 3600e3, 'for two days, unless somebody says otherwise');
    const form = card.form(card.path);
    assert.equal(form.fields.get('kind'), 'message');
    const saved = await b.submit(form.fill({ kind: 'op', subgroups: 'yes' }));
    const now = (await invitationOf(saved, 'concert')).stored;
    assert.deepEqual([now.permissions, now.includeSubgroups, now.username], [['op', 'present', 'message', 'token'], true, 'anna']);
    assert.equal((await b.submit(saved.form(card.path).fill({ kind: 'king' }))).status, 422);
    const poster = await b.open(`${card.path}/poster`);
    assert.ok(poster.html.includes(link) && /<svg class="qr-code"/.test(poster.html));
    assert.match(poster.shown, /You are invited .*On the hill.*Come in as anna\./);

    const role = await server.api('.groups/concert/.tokens/', { method: 'POST', json: { permissions: 'present', expires: '2031-01-01T00:00:00Z' } });
    assert.equal(role.status, 201);
    const other = await b.open(/href="(\/admin\/groups\/concert\/\.tokens\/[0-9a-f]{64})"/.exec((await b.open('/admin/invitations?group=concert&state=valid')).html.replace(card.path, ''))[1]);
    assert.equal(other.form(other.path).fields.get('kind'), '', 'a right that no form offers stays as it is');
    await b.submit(other.form(other.path).fill({ label: 'by role' }));
    assert.equal((await invitationOf(await b.open(other.path), 'concert')).stored.permissions, 'present');
  });

  test('all invitations that a search finds end at once, after a page that shows them', async () => {
    for (const group of ['fair', 'fair/north']) {
      await make(group);
      const path = `/admin/groups/${group}/.tokens/`;
      await b.submit((await b.open(path)).form(path).fill({ people: 'ann\nbob\ncyd', label: group === 'fair' ? 'stalls' : 'gates' }));
    }
    await b.submit((await b.open('/admin/groups/fair/.tokens/')).form('/admin/groups/fair/.tokens/').fill({ username: 'dee', from: '2031-01-01T00:00', until: '2031-01-02T00:00' }));
    const openOf = async (group) => (await (await server.api(`.groups/${group}/.tokens/`)).json()).length
      - ((await b.open(`/admin/invitations?group=${encodeURIComponent(group)}&state=ended`)).html.match(/data-label="Invitation"/g) ?? []).length;
    assert.equal(await openOf('fair'), 4);
    const list = await b.open('/admin/invitations?q=fair&group=fair&state=open');
    assert.equal(list.html.match(/data-label="Invitation"/g).length, 4);
    const ask = await b.open(unescapeHtml(/href="(\/admin\/invitations\/end\?[^"]*)"/.exec(list.html)[1]));
    assert.match(ask.text, /4 invitations end now/);
    assert.ok(ask.text.includes('dee') && !ask.text.includes('gates'));
    const late = ask.form('/admin/invitations/end');
    await b.submit((await b.open('/admin/groups/fair/.tokens/')).form('/admin/groups/fair/.tokens/').fill({ username: 'eve' }));
    const again = await b.send(late);
    assert.equal(again.status, 409);
    assert.match(again.text, /Nothing has ended.*5 invitations end now/);
    assert.equal(await openOf('fair'), 5);
    const form = again.form('/admin/invitations/end');
    const done = await b.submit(form);
    assert.match(done.text, /5 invitations have ended/);
    assert.equal(await openOf('fair'), 0);
    assert.equal(await openOf('fair/north'), 3, 'other groups keep theirs');
    assert.equal((await b.send(form)).status, 303);
    assert.match((await b.open('/admin/invitations/end?group=fair')).text, /No invitation that has not ended/);
    const audit = await b.open('/admin/audit.jsonl');
    assert.equal(audit.html.match(/"token\.put","kind":"token","object":"fair /g).length, 5);
  });

  test('an invitation to the whole server that a program made is shown to its administrators alone, and ends like the others', async () => {
    const made = await server.api('.groups/.tokens/', {
      method: 'POST', json: { permissions: ['message'], includeSubgroups: true, username: 'everywhere', expires: '2031-01-01T00:00:00Z' },
    });
    assert.equal(made.status, 201);
    const token = made.headers.get('location').split('/').pop();
    const list = await b.open('/admin/invitations?q=everywhere');
    assert.match(list.text, /The whole server everywhere/);
    assert.match(list.html, /href="\/admin\/invitations\/\.server\/[0-9a-f]{64}"/);
    assert.ok(!list.html.includes(token));
    await make('hall');
    await addUser('hall', { name: 'keeper', role: 'admin', kind: 'set', password: 'keeper of the hall' });
    const keeper = new Browser(server);
    await keeper.signIn('keeper', 'keeper of the hall', 'hall');
    assert.doesNotMatch((await keeper.open('/admin/invitations')).text, /everywhere/);
    assert.match((await keeper.open('/admin/invitations/end?q=everywhere')).text, /No invitation that has not ended/);
    const done = await b.submit((await b.open('/admin/invitations/end?q=everywhere')).form('/admin/invitations/end'));
    assert.match(done.text, /1 invitation has ended/);
    assert.ok(Date.parse((await (await server.api(`.groups/.tokens/${token}`)).json()).expires) <= Date.now());
  });

  test('a list of people gets a link each, or nobody gets one', async () => {
    await make('choir');
    const path = '/admin/groups/choir/.tokens/';
    const page = await b.open(path);
    const bad = await b.submit(page.form(path).fill({ people: 'ann\n.bob\n' }));
    assert.equal(bad.status, 422);
    assert.match(bad.text, /\.bob cannot be a user name/);
    assert.deepEqual(await (await server.api('.groups/choir/.tokens/')).json(), []);
    const both = await b.submit(bad.form(path).fill({ people: 'ann\n', username: 'cyd' }));
    assert.match(both.text, /not both/);
    const sheet = await b.submit(both.form(path).fill({ people: 'ann\n\n bob \nChloë\nann\n', username: '' }));
    assert.match(sheet.path, /\/\.made\/\d+$/);
    const links = [...sheet.html.matchAll(/<a class="mono small-text wrap" href="([^"]+)"/g)].map((m) => new URL(m[1]).searchParams.get('token'));
    assert.equal(new Set(links).size, 3);
    const names = [];
    for (const token of links) names.push((await (await server.api(`.groups/choir/.tokens/${token}`)).json()).username);
    assert.deepEqual(names.sort(), ['Chloë', 'ann', 'bob']);
  });

  test('the list searches names, words and users, and pages', async () => {
    for (let i = 0; i < 55; i++) server.writeGroup(`many/${String(i).padStart(2, '0')}`, { description: i === 7 ? 'Sourcery' : '' });
    await eventually(async () => assert.match((await b.open('/admin/groups/?q=many')).text, /55 groups/), 30000);
    const first = await b.open('/admin/groups/?q=many&sort=name');
    assert.ok(first.html.includes('/admin/groups/many/00/') && !first.html.includes('/admin/groups/many/54/'));
    const next = /href="([^"]*after=[^"&]+[^"]*)">Next page/.exec(first.html)[1].replaceAll('&amp;', '&');
    const second = await b.open(next);
    assert.ok(second.html.includes('/admin/groups/many/54/'), second.text.slice(0, 300));
    assert.ok((await b.open('/admin/groups/?q=sourc')).html.includes('/admin/groups/many/07/'));
    const user = await b.open('/admin/groups/?q=user:ironfoundersson');
    assert.equal(user.status, 200);
    assert.match((await b.open('/admin/groups/?q=nothing-like-it')).text, /No group is like that/);
    assert.equal((await b.open('/admin/groups/?after=%25%25')).status, 400);
    assert.equal((await b.open('/admin/groups/?q=a&q=b')).status, 400);
  });

  test('the list is filtered by state and below a name, and a tree folds what lies below', async () => {
    const groups = {
      'tree/a': { 'not-before': '2031-01-01T00:00:00Z' }, 'tree/b': { expires: '2020-01-01T00:00:00Z', 'auto-subgroups': true },
      'tree/deep/one': { 'allow-recording': true }, 'tree/deep/two': {}, 'tree/unlike': {},
    };
    for (const [name, desc] of Object.entries(groups)) server.writeGroup(name, desc);
    const names = async (query) => [...(await b.open(`/admin/groups/?below=tree&${query}`)).html.matchAll(/name="group" value="([^"]*)"/g)].map((m) => m[1]);
    await eventually(async () => assert.deepEqual(await names(''), Object.keys(groups)), 30000);
    for (const [show, found] of [['not-yet', 'tree/a'], ['closed', 'tree/b'], ['subgroups', 'tree/b'], ['recording', 'tree/deep/one'],
      ['live', undefined], ['locked', undefined], ['unused', undefined]]) {
      assert.deepEqual(await names(`show=${show}`), [found].filter(Boolean), show);
    }
    assert.match((await b.open('/admin/groups/?show=unused')).text, /do not reach back 90 days/);
    // With figures of 92 days: of those made before, one was used a week ago, one before the 90 days, one never.
    const day = Math.floor(Date.now() / 86400000) * 86400;
    await eventually(() => fillMetrics(server, { days: 93, people: () => 1 }));
    for (const [name, days] of /** @type {[string, number][]} */ ([['tree/a', 7], ['tree/b', 92]])) {
      metricsChange(server, 'INSERT INTO usage VALUES (?, ?, 1, 3600, 2)', day - days * 86400, name);
    }
    assert.deepEqual(await names('show=unused'), [], 'all were made lately');
    const [guard] = query(server, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%versions are never changed%'");
    change(server, `DROP TRIGGER ${guard.name}`);
    change(server, "UPDATE versions SET at = at - 91 * 86400000000 WHERE seq = 1 AND file_id IN (SELECT id FROM files WHERE name IN ('tree/a', 'tree/b', 'tree/deep/two'))");
    change(server, String(guard.sql));
    assert.deepEqual(await names('show=unused'), ['tree/b', 'tree/deep/two']);
    assert.doesNotMatch((await b.open('/admin/groups/?show=unused')).text, /do not reach back/);
    assert.deepEqual(await names('q=unlike'), ['tree/unlike']);
    const top = await b.open('/admin/groups/.tree');
    assert.match(top.html, /aria-label="Groups below tree: 5"/);
    assert.ok(!top.html.includes('tree/deep'), 'folded');
    const open = await b.open('/admin/groups/.tree?open=tree/deep');
    for (const part of ['/admin/groups/tree/deep/one/', '/admin/groups/tree/a/']) assert.ok(open.html.includes(part), part);
    assert.match(open.html, /aria-expanded="true" aria-label="Groups below tree\/deep: 2"/);
  });

  test('a broken file is shown as broken and is not written over', async () => {
    await make('torn', { displayName: 'Whole' });
    writeFileSync(server.groupFile('torn'), '{"displayName": "Torn",\n  oops');
    await eventually(async () => {
      const page = await b.open('/admin/groups/torn/');
      assert.match(page.text, /cannot be read/);
      assert.match(page.text, /Line 2/);
    });
    const refused = await edit('torn', { displayName: 'Other' });
    assert.equal(refused.status, 409);
    assert.match(readFileSync(server.groupFile('torn'), 'utf8'), /oops/);
    assert.match((await b.open('/admin/problems')).text, /torn/);
    assert.match((await b.open('/admin/groups/?show=problems')).text, /torn/);
  });

  test('hostile text comes out as text everywhere', async () => {
    const name = 'h"><b>&';
    const group = encodeURIComponent(name);
    server.writeGroup(name, {
      displayName: hostile, description: hostileBidi, contact: hostile, comment: hostile, public: true,
      users: { [hostile.replace(/[/\\]/g, '')]: { password: { type: hostile }, permissions: [hostile] } },
    });
    await eventually(async () => assert.equal((await b.open(`/admin/groups/${group}/`)).status, 200));
    const paths = [`/admin/groups/${group}/`, '/', '/admin/', '/admin/groups/', '/admin/audit', '/admin/problems',
      `/admin/groups/?q=${encodeURIComponent(hostile)}`, `/join?group=${encodeURIComponent(hostile)}`,
      `/admin/groups/${encodeURIComponent(hostile)}/`, `/admin/login?next=${encodeURIComponent(hostile)}`,
      `/admin/audit?actor=${encodeURIComponent(hostile)}`,
      ...['.edit', '.delete', '.users/', '.history/', '.live', '.tokens/',
        `.users/${encodeURIComponent(hostile.replace(/[/\\]/g, ''))}`, '.history/1'].map((p) => `/admin/groups/${group}/${p}`)];
    for (const path of paths) {
      const page = await b.open(path);
      assert.ok([200, 404, 422].includes(page.status), `${path} ${page.status}`);
      assert.ok(!page.html.includes('<img src=x') && !page.html.includes('h"><b>'), path);
    }
  });
});

test('who has no group yet is offered three to begin with, and a group without users three ways in', async (t) => {
  const server = await serverFor(t, { groups: {} });
  const b = new Browser(server);
  await b.signIn();
  const empty = await b.open('/admin/groups/');
  for (const start of ['members', 'open', 'class']) {
    assert.ok(empty.html.includes(`href="/admin/groups/.new?start=${start}"`), start);
    assert.equal((await b.open(`/admin/groups/.new?start=${start}`)).form('/admin/groups/.new').fields.get('start'), start);
  }
  const form = (await b.open('/admin/groups/.new?start=members&name=first')).form('/admin/groups/.new');
  await b.submit(form);
  const users = await b.open('/admin/groups/first/.users/');
  const ways = [
    ['.users/.new?role=op', { role: 'op', kind: 'set' }], ['.wildcard-user?kind=set', { role: 'present', kind: 'set' }],
    ['.wildcard-user?kind=any', { role: 'present', kind: 'any' }],
  ];
  for (const [way, chosen] of ways) {
    assert.ok(users.html.includes(`href="/admin/groups/first/${way}"`), way);
    const { fields } = (await b.open(`/admin/groups/first/${way}`)).form(`/admin/groups/first/${way.split('?')[0]}`);
    assert.deepEqual(Object.fromEntries(['role', 'kind'].map((name) => [name, fields.get(name)])), chosen, way);
  }
  assert.doesNotMatch((await b.open('/admin/groups/?q=none')).html, /start=members/, 'a search that finds nothing is no beginning');
});

test('a conflict is shown with the version that lost, until somebody has looked at it', async (t) => {
  const server = await serverFor(t, { groups: { g: {} } });
  const b = new Browser(server);
  await b.signIn();
  await b.open('/admin/groups/g/');
  change(server, "INSERT INTO conflicts (file_id, version_id, kind, at) SELECT id, head, 'displaced', 1 FROM files WHERE kind = 'group' AND name = 'g'");
  let page = await b.open('/admin/problems');
  assert.match(page.text, /edited by hand at the same moment/);
  assert.match(page.html, /href="\/admin\/groups\/g\/\.history\/1"/);
  const form = page.form('/admin/problems');
  page = await b.submit(form);
  assert.match(page.text, /Nothing needs care/);
  assert.equal((await b.send(form)).status, 303, 'once more is no error');
  assert.match((await b.open('/admin/audit?action=conflict.resolve')).text, /conflict\.resolve/);
});
