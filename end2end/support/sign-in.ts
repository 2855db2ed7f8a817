// Signing in by the server functions themselves; their pages are tried in account.spec.ts.
import { expect, request, type APIRequestContext, type BrowserContext } from '@playwright/test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { account } from './demo';
import { SESSIONS, SITE } from './place';
import { code } from './totp';

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Posts a form; gives where the answer leads. */
async function post(api: APIRequestContext, name: string, form: Record<string, string>): Promise<string> {
  const answer = await api.post(`/api/account/${name}`, { form, maxRedirects: 0, headers: { accept: 'text/html', origin: SITE } });
  expect(answer.status(), `${name}: ${await answer.text()}`).toBe(303);
  return answer.headers().location ?? '';
}

/** Signs in with a password, and with the second factor where there is one. */
export async function signIn(contact: string, password: string, totp?: string): Promise<Session> {
  const api = await request.newContext({ baseURL: SITE });
  await post(api, 'sign-in', { contact, password });
  // A code is taken once: where that of now is used up, the next one is taken ahead of its time.
  if (totp && (await post(api, 'second-factor', { code: code(totp) })) === '/') await post(api, 'second-factor', { code: code(totp, 1) });
  const session = await api.storageState();
  expect((await api.get('/me', { maxRedirects: 0 })).status(), `${contact} is signed in`).toBe(200);
  await api.dispose();
  return session;
}

async function lives(file: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  const api = await request.newContext({ baseURL: SITE, storageState: file });
  const answer = await api.get('/me', { maxRedirects: 0 });
  await api.dispose();
  return answer.status() === 200;
}

/**
 * The session to come with. Staff keep theirs, because a code of their authenticator counts once; each of them works
 * in one spec alone, so that no two workers share a session. Residents get a new one each time.
 */
export async function sessionOf(who: string): Promise<Session | string> {
  const { contact, password, totp } = account(who);
  if (!totp) return signIn(contact, password);
  const file = path.join(SESSIONS, `${who}.json`);
  if (await lives(file)) return file;
  mkdirSync(SESSIONS, { recursive: true });
  writeFileSync(file, JSON.stringify(await signIn(contact, password, totp)));
  return file;
}
