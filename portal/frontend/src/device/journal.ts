/** “Journal”: orders, reports, answers and events in one order, with what is wrong beside each. */

import { byId, fill } from '../fill';
import { piecewise } from '../more';
import { translated } from '../page';
import { type Finding, LOSSES } from '../owner/findings';
import type { Evidence, Result } from '../owner/verification';
import { isVerified } from '../owner/verification';
import { type Json, mapping } from '../protocol/json';
import type { Record } from '../protocol/readings';
import type { Orders } from '../protocol/orders';
import { say, sayOr } from '../says';
import { moment } from '../words';
import { answerWords } from './answers';
import type { Laptop } from './laptop';

const ROWS = 30;

/** One line; `t` in ms. `wrong` are the findings about it. Words wait until the line is shown. */
interface Entry {
  readonly t: number;
  readonly what: () => string;
  readonly good: () => string;
  readonly wrong: readonly Finding[];
}

export class Journal {
  readonly #list: (rows: readonly Entry[]) => void;

  constructor() {
    const list = byId('journal', HTMLTableSectionElement);
    const more = byId('more-journal', HTMLButtonElement);
    this.#list = piecewise(list, more, ROWS, rowOf);
  }

  show(laptop: Laptop): void {
    showVerdict(laptop);
    const findings = laptop.result?.findings ?? laptop.distrust;
    showFindings(findings);
    this.#list(entriesOf(laptop, findings));
  }
}

/** Newest first. */
function entriesOf(laptop: Laptop, findings: readonly Finding[]): readonly Entry[] {
  const about = Map.groupBy(findings, ({ seq }) => seq);
  const there = laptop.evidence.filter(({ seq }) => !laptop.result?.letGo.has(seq));
  const reports = there.map((one) => ofReport(one, about.get(one.seq) ?? []));
  return [...laptop.orders.map(ofOrders), ...reports].sort((a, b) => b.t - a.t);
}

function ofOrders({ serial, will }: Orders): Entry {
  const what = (): string => {
    const until = will.theft ? moment(will.theft.until) : '';
    return say(`orders-${will.standing}`, { serial, until });
  };
  return { t: will.t, what, good: () => say('signed-by-you'), wrong: [] };
}

function ofReport(one: Evidence, wrong: readonly Finding[]): Entry {
  const { seq, moment: t, record, receipt } = one;
  const what = (): string => (record ? wordsOf(record, seq) : say('report-closed', { seq }));
  const good = (): string =>
    record && receipt ? say('received', { when: moment(receipt.received) }) : '';
  return { t, what, good, wrong };
}

function wordsOf({ type, said }: Record, seq: number): string {
  if (type === 'answer') return answerWords(said, seq);
  if (type === 'event') {
    const event = sayOr(`event-${said.event}`, String(said.event));
    return [say('event', { seq, event }), textIn(said)].filter(Boolean).join(' ');
  }
  return say('report', { seq, why: sayOr(`why-${said.why}`, String(said.why)) });
}

/** What somebody at the laptop wrote, as in a dispute. */
function textIn({ details }: Json): string {
  const text = mapping(details ?? {}).text;
  return typeof text === 'string' && text ? `“${text}”` : '';
}

function rowOf({ t, what, good, wrong }: Entry): HTMLElement {
  const row = fill(byId('journal-row', HTMLTemplateElement), {
    when: t ? moment(t) : '',
    what: what(),
    good: wrong.length ? null : good() || null,
    wrong: wrong.map(({ sentence }) => translated(sentence)).join(' ') || null,
  });
  row.classList.toggle(
    'wrong',
    wrong.some(({ code }) => !LOSSES.has(code)),
  );
  return row;
}

/** Every finding by name, whether or not there is a report left to put it beside. */
export function showFindings(findings: readonly Finding[]): void {
  const template = byId('finding', HTMLTemplateElement);
  const rows = findings.map(({ code, sentence }) => {
    const row = fill(template, { code, sentence: translated(sentence) });
    row.classList.toggle('loss', LOSSES.has(code));
    return row;
  });
  byId('findings', HTMLUListElement).replaceChildren(...rows);
  byId('findings', HTMLUListElement).hidden = !rows.length;
}

export function showVerdict({ result, evidence }: Laptop): void {
  const place = byId('verdict', HTMLElement);
  place.className = `banner ${result ? (isVerified(result) ? 'ok' : 'danger') : ''}`;
  place.querySelector('p')!.textContent = verdict(result, evidence.length);
}

function verdict(result: Result | null, count: number): string {
  if (!result) return say('verdict-busy');
  const opened = result.evidence.filter(({ record }) => record).length;
  if (!count && !result.findings.length) return say('verdict-none');
  if (!isVerified(result)) return say('verdict-wrong', { opened });
  return say(result.findings.length ? 'verdict-losses' : 'verdict-good', { opened });
}
