/** The portal's HTTP API (docs/api.md): JSON in and out, refusals as sentences, waiting it out. */

import type { Bytes } from './protocol/bytes';
import { fromJson, type Json } from './protocol/json';

/** The portal said no: `code` is stable, the message a sentence for people, `more` what came along. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    sentence: string,
    readonly more: Json = {},
  ) {
    super(sentence);
  }
}

/** The portal could not be reached, or what answered was not it. */
export class Away extends Error {
  constructor() {
    super(
      'The portal cannot be reached just now. Check your connection. Your laptop keeps its ' +
        'reports until they can be sent.',
    );
  }
}

/** What lies outside, handed in. `wait` sleeps, `away` hears that an attempt failed. */
export interface Outside {
  readonly fetch: typeof fetch;
  readonly wait: (ms: number) => Promise<void>;
  readonly away: (attempt: number) => void;
}

export interface Api {
  get(path: string): Promise<Json>;
  post(path: string, body: Json): Promise<Json>;
  put(path: string, body: Json): Promise<Json>;
  /** At most `limit` bytes; throws Refused 'too-large' when more come. */
  download(path: string, limit: number): Promise<Bytes>;
}

const PREFIX = '/api/v1';
const PAUSES_MS = [1000, 2000, 4000, 8000];
const TRY_AGAIN = 503; // nothing was stored, so even a change may be sent again
const SLOW_DOWN = 429;
const SENTENCES: Readonly<Record<number, string>> = {
  401: 'You are signed out. Sign in and try again.',
  404: 'There is nothing here, or it is not yours.',
  413: 'This is more than may be sent at once.',
  429: 'That was too often. Wait a minute and try again.',
};
const UNCLEAR =
  'The portal could not do this. Try again in a minute; if it stays, tell its operator.';

export function makeApi(outside: Outside): Api {
  const json = async (method: string, path: string, body?: Json): Promise<Json> =>
    parse(await ask(outside, method, path, body));
  return {
    get: (path) => json('GET', path),
    post: (path, body) => json('POST', path, body),
    put: (path, body) => json('PUT', path, body),
    download: async (path, limit) => atMost(await ask(outside, 'GET', path), limit),
  };
}

/** The API of the portal this page came from. */
export const api: Api = makeApi({
  fetch: (input, init) => fetch(input, init),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  away: (attempt) => globalThis.dispatchEvent(new CustomEvent('portal-away', { detail: attempt })),
});

async function ask(outside: Outside, method: string, path: string, body?: Json): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const answer = await attemptOnce(outside, method, path, body);
    if (answer?.ok) return answer;
    const pause = PAUSES_MS[attempt];
    const again = answer ? answer.status === TRY_AGAIN : method === 'GET';
    if (pause === undefined || !again) throw answer ? await refusal(answer) : new Away();
    outside.away(attempt + 1);
    await outside.wait(Math.max(pause, retryAfter(answer)));
  }
}

/** Null where nothing answered. A change is not sent twice blindly: it may have arrived. */
function attemptOnce(
  outside: Outside,
  method: string,
  path: string,
  body?: Json,
): Promise<Response | null> {
  const headers = {
    Accept: 'application/json',
    ...(body && { 'Content-Type': 'application/json' }),
  };
  const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  return outside
    .fetch(PREFIX + path, { ...request, cache: 'no-store', redirect: 'error' })
    .catch(() => null);
}

function retryAfter(answer: Response | null): number {
  return Number(answer?.headers.get('Retry-After') ?? 0) * 1000 || 0;
}

async function parse(answer: Response): Promise<Json> {
  if (answer.status === 204) return {};
  return fromJson(new Uint8Array(await answer.arrayBuffer()));
}

async function refusal(answer: Response): Promise<Refused> {
  const said: Json = await answer.json().catch(() => ({}));
  const code = typeof said.code === 'string' ? said.code : 'unclear';
  const sentence = typeof said.detail === 'string' ? said.detail : SENTENCES[answer.status];
  const wait = answer.status === SLOW_DOWN ? retryAfter(answer) : 0;
  return new Refused(code, answer.status, (sentence ?? UNCLEAR) + waiting(wait), said);
}

function waiting(ms: number): string {
  return ms ? ` Try again in ${Math.ceil(ms / 60_000)} min.` : '';
}

/** Counted as it comes, so that a portal cannot fill the memory. */
async function atMost(answer: Response, limit: number): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > limit)
      throw new Refused('too-large', 200, 'The portal sent more than there should be.');
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as Bytes[]).arrayBuffer());
}
