/** Fetches a page of a laptop's evidence and examines it, beside the page that shows it. */

import { api } from './api';
import { type Examined, examine, type Trust } from './owner/examination';
import { items } from './protocol/json';

/** One page to fetch; the answers come through the port that is sent along. */
export interface Errand {
  readonly path: string;
  readonly trust: Trust;
}

/** First where the next page begins, so that it can be fetched meanwhile; then what came. */
export type News =
  | { readonly kind: 'fetched'; readonly count: number; readonly next: unknown }
  | { readonly kind: 'examined'; readonly reports: readonly (Examined | null)[] }
  | { readonly kind: 'failed'; readonly sentence: string };

self.onmessage = async ({ data, ports: [port] }: MessageEvent<Errand>) => {
  const tell = (news: News): void => port!.postMessage(news);
  try {
    const page = await api.get(data.path);
    const records = items(page.records);
    tell({ kind: 'fetched', count: records.length, next: page.next ?? null });
    tell({ kind: 'examined', reports: await examine(records, data.trust) });
  } catch (error) {
    tell({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error) });
  }
};
