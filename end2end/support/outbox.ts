// Mail and SMS messages: without a mail server and an SMS gateway the program writes them to files, which are read here.
import { expect } from '@playwright/test';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { OUTBOX } from './place';

/** A message. */
export interface Message {
  to: string;
  subject: string;
  text: string;
}

/** All messages so far. */
export function messages(): Message[] {
  let names: string[] = [];
  try {
    names = readdirSync(OUTBOX).filter((name) => name.endsWith('.txt') && !name.startsWith('.'));
  } catch {
    // No message has been written yet.
  }
  return names.map((name) => {
    const [head = '', ...rest] = readFileSync(path.join(OUTBOX, name), 'utf8').split('\n\n');
    const line = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(head)?.[1] ?? '';
    return { to: line('To'), subject: line('Subject'), text: rest.join('\n\n') };
  });
}

/** Waits for a message to this address that matches; returns the match. */
export async function waitForMessage(to: string, pattern: RegExp): Promise<RegExpExecArray> {
  const find = () => messages().filter((m) => m.to === to).map((m) => pattern.exec(m.text)).find((found) => found !== null);
  await expect.poll(() => find() !== undefined, { message: `a message to ${to}` }).toBe(true);
  const found = find();
  if (!found) throw new Error(`the message to ${to} is gone`);
  return found;
}
