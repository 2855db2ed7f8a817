import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';
import path from 'node:path';
import { DESK, PHONE } from './support/devices';
import { BINARY, DATA, REPOSITORY, PORT, RESULTS, SITE, SITE_ROOT } from './support/place';

const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

const config: PlaywrightTestConfig = {
  testDir: 'tests',
  outputDir: path.join(RESULTS, 'artifacts'),
  // Guards against hanging, not measures: they are long enough for a machine that is busy with something else.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // Its last lines are the failed tests and the counts.
  reporter: 'list',
  use: {
    baseURL: SITE,
    launchOptions,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    actionTimeout: 60_000,
    navigationTimeout: 120_000,
    screenshot: 'only-on-failure',
    // Recording every step of every test makes the run longer. TRACE=1 records a test that is being examined.
    trace: process.env.TRACE ? 'on' : 'off',
  },
  projects: [
    // The recorded answers are searched at the end, also after failures.
    { name: 'start', testMatch: 'start.setup.ts', teardown: 'privacy', use: DESK },
    // A page is checked on the device of its users.
    { name: 'phone', testMatch: /(road|finance|sos|pages|account|form)\.spec\.ts/, grepInvert: /@desk/, dependencies: ['start'], use: PHONE },
    { name: 'desk', testMatch: /(pages|desk)\.spec\.ts/, grepInvert: /@phone/, dependencies: ['start'], use: DESK },
    { name: 'privacy', testMatch: 'privacy.spec.ts', use: DESK },
  ],
  webServer: {
    command: [process.execPath, 'support/serve.mjs', BINARY, PORT, DATA, RESULTS].map((word) => `'${word}'`).join(' '),
    cwd: path.join(REPOSITORY, 'end2end'),
    url: `${SITE}/readyz`,
    // A new Postgres, its tables and the demo city, on a slow machine.
    timeout: 240_000,
    // For manual runs, support/serve.mjs can be started beforehand (README).
    reuseExistingServer: !process.env.CI,
    stdout: 'pipe',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 30_000 },
    env: {
      LEPTOS_SITE_ROOT: SITE_ROOT,
      // All requests come from one address, like people behind a carrier's gateway.
      HUIMIN_GATEWAYS: '127.0.0.1',
    },
  },
};

export default defineConfig(config);
