// Tests that the binary serves the demo city and has printed its accounts; runs first.
import { staff, unverified } from '../support/demo';
import { expect, test } from '../support/people';

test('the demo city is served and its accounts are printed', async ({ request }) => {
  expect((await request.get('/healthz')).ok()).toBe(true);
  expect(await (await request.get('/readyz')).json()).toMatchObject({ ready: true, store: true, migrations: true, worker: true });
  for (const desk of ['caseworker1', 'caseworker2', 'supervisor1', 'supervisor2', 'auditor', 'administrator']) {
    expect(staff().some((one) => one.contact.startsWith(desk)), desk).toBe(true);
  }
  expect(unverified().residentId).toHaveLength(18);
});
