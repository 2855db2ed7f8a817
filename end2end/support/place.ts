// Paths and addresses of a run. The configuration is read once in the runner and once in every worker, so randomly chosen
// values are passed on in the environment.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The repository. */
export const REPOSITORY = path.resolve(__dirname, '../..');
/** The output of the run, for finding faults. */
export const RESULTS = path.join(REPOSITORY, 'end2end/test-results');
/** The server's standard output, which contains the demo accounts. */
export const PRINTED = path.join(RESULTS, 'server/stdout.log');
/** The server's log. */
export const LOGGED = path.join(RESULTS, 'server/stderr.log');
/** Every document and JSON answer of the run, one JSON line each, one file per worker. */
export const RECORD = path.join(RESULTS, 'record');
/** Sessions of staff: a code of their authenticator is accepted once. */
export const SESSIONS = path.join(RESULTS, 'sessions');
/** Pictures of pages. */
export const SCREENS = path.join(REPOSITORY, 'end2end/report/screens');

/** A port below those that the system gives to connections: one of those could be taken by a client before the server listens. */
function freePort(): string {
  const ask = `
    const listen = (port) => {
      const server = require('node:net').createServer();
      server.on('error', () => listen(port + 1));
      server.listen(port, '127.0.0.1', () => { console.log(port); server.close(); });
    };
    listen(${20_000 + (process.pid % 10_000)});`;
  return execFileSync(process.execPath, ['-e', ask], { encoding: 'utf8' }).trim();
}

function freshFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'huimin-e2e-'));
  // Started by root, the private Postgres runs as another user, who needs access to the folder.
  chmodSync(folder, 0o755);
  return folder;
}

/** The port of the server. */
export const PORT = (process.env.HUIMIN_E2E_PORT ??= freePort());
/** A new data folder; it is removed when the server has ended. */
export const DATA = (process.env.HUIMIN_E2E_DATA ??= freshFolder());
/** The address of the site. */
export const SITE = `http://127.0.0.1:${PORT}`;
/** The folder that mail and SMS messages are written to. */
export const OUTBOX = path.join(DATA, 'outbox');
/** The binary. */
export const BINARY = process.env.HUIMIN_BIN ?? path.join(REPOSITORY, 'target/debug/huimin');
/** The built site. */
export const SITE_ROOT = process.env.LEPTOS_SITE_ROOT ?? path.join(REPOSITORY, 'target/site');
