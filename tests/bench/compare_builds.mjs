// Commits of this repository, each built once below build/compare/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from '../lib/server.mjs';

const hasCcache = spawnSync('ccache', ['--version']).status === 0;
const env = { CC: hasCcache ? 'ccache gcc' : 'gcc', CCACHE_NOHASHDIR: '1', ...process.env };

function run(cwd, program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${(stdout + stderr).slice(-4000)}`);
  return stdout.trim();
}

function make(build, ...targets) {
  mkdirSync(build, { recursive: true });
  if (!existsSync(join(build, 'Makefile'))) run(build, '../configure', '--quiet');
  run(build, 'make', '-s', '-j2', ...targets);
}

/** The programs of the working tree that measure: the load generator drives every server. */
export function buildBench() {
  make(join(top, 'build'), 'bench');
  return { loadgen: join(top, 'build/tests/bench/bin/loadgen'), floor: join(top, 'build/tests/bench/bin/floor') };
}

/**
 * What to start for a revision, built if it was not yet; '.' is the working tree as it stands.
 * @returns {{name: string, source: string, build: string}}
 */
export function buildRevision(revision) {
  if (revision === '.') {
    make(join(top, 'build'), 'all');
    return { name: 'working tree', source: top, build: join(top, 'build') };
  }
  const commit = run(top, 'git', 'rev-parse', '--verify', `${revision}^{commit}`);
  const source = join(top, 'build/compare', commit.slice(0, 12));
  const build = join(source, 'build');
  const made = join(source, '.made');
  if (!existsSync(made)) {
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source, { recursive: true });
    console.error(`building ${commit.slice(0, 12)}`);
    run(top, 'sh', '-c', 'git archive "$1" | tar -x -C "$2"', 'sh', commit, source);
    make(build, 'all');
    writeFileSync(made, '');
  }
  return { name: commit.slice(0, 7), source, build };
}
