// Records every document and JSON answer of the run with its recipient, for the search at the end.
import type { BrowserContext, Request, Response } from '@playwright/test';
import { appendFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { RECORD } from './place';

/** An answer and its recipient. */
export interface Seen {
  who: string;
  url: string;
  status: number;
  body: string;
}

/** An unmasked number, and a person who may see it: its owner or the person who typed it. */
export interface Owned {
  who: string;
  number: string;
}

const file = (kind: string) => path.join(RECORD, `${kind}-${process.pid}.jsonl`);

function write(kind: string, line: object) {
  mkdirSync(RECORD, { recursive: true });
  appendFileSync(file(kind), `${JSON.stringify(line)}\n`);
}

function read<T>(kind: string): T[] {
  const names = readdirSync(RECORD).filter((name) => name.startsWith(`${kind}-`));
  return names.flatMap((name) => readFileSync(path.join(RECORD, name), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as T));
}

/** Records that this person may see this number. */
export const owns = (who: string, number: string) => write('owned', { who, number: number.toUpperCase() });
/** All recorded permissions to see numbers. */
export const owned = () => read<Owned>('owned');
/** All recorded answers. */
export const seen = () => read<Seen>('seen');
/** Answers whose body the browser had dropped before it could be read. */
export const missed = () => read<{ url: string }>('missed');

/**
 * Records the answers this context receives. The returned function resolves when all of them so far are written. A body is
 * read only after it has arrived completely: the end of a page that was left earlier may never be reported.
 */
export function record(context: BrowserContext, who: string): () => Promise<void> {
  const pending = new Set<Promise<void>>();
  const begun = new Set<Request>();
  const isWanted = (response: Response) =>
    /html|json|csv/.test(response.headers()['content-type'] ?? '') && (response.status() < 300 || response.status() >= 400);
  const keep = async (request: Request) => {
    try {
      const response = await request.response();
      if (!response || !isWanted(response)) return;
      write('seen', { who, url: response.url(), status: response.status(), body: await response.text() });
      begun.delete(request);
    } catch {
      // The browser has dropped the body or is closed: a document counts as missed below.
    }
  };
  context.on('response', (response) => {
    // A script's answer is dropped when its page is left: it was not displayed.
    if (isWanted(response) && response.request().resourceType() === 'document') begun.add(response.request());
  });
  context.on('requestfinished', (request) => {
    const one = keep(request).finally(() => pending.delete(one));
    pending.add(one);
  });
  return async () => {
    await Promise.all(context.pages().map((page) => page.waitForLoadState()));
    await Promise.all(pending);
    for (const request of begun) write('missed', { url: request.url() });
  };
}
