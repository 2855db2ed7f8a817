// Where a run keeps its things. The configuration is read once in the runner and once in every worker, so that what is
// chosen by chance is handed on in the environment.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The repository. */
export const HOUSE = path.resolve(__dirname, '../..');
/** What the run leaves behind for whoever looks for a fault. */
export const RESULTS = path.join(HOUSE, 'end2end/test-results');
/** What the server printed: the demo accounts among other things. */
export const PRINTED = path.join(RESULTS, 'server/stdout.log');
/** What the server logged. */
export const LOGGED = path.join(RESULTS, 'server/stderr.log');
/** Every document and JSON answer of the run, one JSON line each, one file a worker. */
export const RECORD = path.join(RESULTS, 'record');
/** Sessions of staff: a code of their authenticators is taken once. */
export const SESSIONS = path.join(RESULTS, 'sessions');
/** Pictures of pages. */
export const SCREENS = path.join(HOUSE, 'end2end/report/screens');

function freePort(): string {
  const ask = "const s=require('node:net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})";
  return execFileSync(process.execPath, ['-e', ask], { encoding: 'utf8' }).trim();
}

function freshFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'huimin-e2e-'));
  // Started by root, the private Postgres runs as another user and has to get through.
  chmodSync(folder, 0o755);
  return folder;
}

/** The port that is served on. */
export const PORT = (process.env.HUIMIN_E2E_PORT ??= freePort());
/** A new data folder; it is removed when the server has ended. */
export const DATA = (process.env.HUIMIN_E2E_DATA ??= freshFolder());
/** The address of the site. */
export const SITE = `http://127.0.0.1:${PORT}`;
/** Where messages are written that would be mails and SMS. */
export const OUTBOX = path.join(DATA, 'outbox');
/** The binary. */
export const BINARY = process.env.HUIMIN_BIN ?? path.join(HOUSE, 'target/debug/huimin');
/** The built site. */
export const SITE_ROOT = process.env.LEPTOS_SITE_ROOT ?? path.join(HOUSE, 'target/site');
