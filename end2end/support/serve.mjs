// Runs the binary with the demo city in a new data folder: `node serve.mjs <binary> <port> <data folder> <results>`.
// Its output and log go into files. A data folder that was new is removed when the server and its Postgres have ended.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const [binary, port, data, results] = /** @type {[string, string, string, string]} */ (process.argv.slice(2));
const fresh = !existsSync(data) || readdirSync(data).length === 0;
for (const left of ['server', 'record', 'sessions']) rmSync(path.join(results, left), { recursive: true, force: true });
for (const needed of ['server', 'record', 'sessions']) mkdirSync(path.join(results, needed), { recursive: true });

const server = spawn(binary, ['serve', '--demo', '--addr', `127.0.0.1:${port}`, '--data-dir', data], {
  stdio: ['ignore', openSync(path.join(results, 'server/stdout.log'), 'w'), openSync(path.join(results, 'server/stderr.log'), 'w')],
  env: process.env,
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.kill('SIGTERM'));
server.on('error', (error) => {
  console.error(`${binary} does not start: ${error.message}`);
  process.exit(1);
});
server.on('exit', (code, signal) => {
  if (fresh) rmSync(data, { recursive: true, force: true });
  if (code !== 0) console.error(`the server ended with ${code ?? signal}; see ${results}/server`);
  process.exit(code ?? 1);
});
