// Signing in through the server functions; their pages are tested in account.spec.ts.
import { expect, request, type APIRequestContext, type BrowserContext } from '@playwright/test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { account } from './demo';
import { SESSIONS, SITE } from './place';
import { code } from './totp';

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Posts a form; returns the location of the redirect. */
async function post(api: APIRequestContext, name: string, form: Record<string, string>): Promise<string> {
  const answer = await api.post(`/api/account/${name}`, { form, maxRedirects: 0, headers: { accept: 'text/html', origin: SITE } });
  expect(answer.status(), `${name}: ${await answer.text()}`).toBe(303);
  return answer.headers().location ?? '';
}

/** Signs in with a password, and with the second factor where there is one. */
export async function signIn(contact: string, password: string, totp?: string): Promise<Session> {
  const api = await request.newContext({ baseURL: SITE });
  await post(api, 'sign-in', { contact, password });
  // A code is accepted once: if the present one was used, the next one is sent ahead of its time.
  if (totp && (await post(api, 'second-factor', { code: code(totp) })) === '/') await post(api, 'second-factor', { code: code(totp, 1) });
  const session = await api.storageState();
  expect((await api.get('/me', { maxRedirects: 0 })).status(), `${contact} is signed in`).toBe(200);
  await api.dispose();
  return session;
}

async function isSignedIn(file: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  const api = await request.newContext({ baseURL: SITE, storageState: file });
  const answer = await api.get('/me', { maxRedirects: 0 });
  await api.dispose();
  return answer.status() === 200;
}

/**
 * The session of an account. Sessions of staff are kept, because a code of their authenticator is accepted once; each of them is
 * used in one spec only, so that no two workers share a session. Residents get a new session each time.
 */
export async function sessionOf(who: string): Promise<Session | string> {
  const { contact, password, totp } = account(who);
  if (!totp) return signIn(contact, password);
  const file = path.join(SESSIONS, `${who}.json`);
  if (await isSignedIn(file)) return file;
  mkdirSync(SESSIONS, { recursive: true });
  writeFileSync(file, JSON.stringify(await signIn(contact, password, totp)));
  return file;
}
