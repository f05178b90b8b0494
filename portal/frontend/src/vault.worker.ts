/** Fetches, checks and opens a laptop's evidence beside the page, newest first. */

import { api } from './api';
import { collect } from './owner/evidence';
import type { Evidence, Result, Trust } from './owner/verification';

/** What it tells the page; `glance` is opened but its order is not proven yet. */
export type News =
  | { readonly kind: 'fetched'; readonly count: number; readonly total: number | null }
  | { readonly kind: 'glance' | 'opened'; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly sentence: string };

const tell = (news: News): void => self.postMessage(news);

self.onmessage = async ({ data }: MessageEvent<Trust>) => {
  try {
    const result = await collect(api, data, {
      fetched: (count, total) => tell({ kind: 'fetched', count, total }),
      glanced: (evidence) => tell({ kind: 'glance', evidence }),
      opened: (evidence) => tell({ kind: 'opened', evidence }),
    });
    tell({ kind: 'done', result });
  } catch (error) {
    tell({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error) });
  }
};
