/** What the pages with a form share: one try at a time, errors as sentences, ways that stay here. */

import './tt';

import { Away, Refused } from './api';
import { Problem } from './owner/problem';
import { ProtocolError } from './protocol/errors';

const UNEXPECTED = 'Something went wrong in this page. Reload it and try again.';

/** The page can be used: tests and assistive scripts wait for `html[data-ready]`. */
export function ready(): void {
  document.documentElement.dataset.ready = '';
}

/** Which button a form was sent with; null by a script. */
export type Pressed = HTMLElement | null;

/** Run `work` at each submit, but never twice at once; say in the form what went wrong. */
export function onSubmit(form: HTMLFormElement, work: (by: Pressed) => Promise<void>): void {
  let busy = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    show(form, true);
    say(form, '');
    try {
      await work(event.submitter);
    } catch (error) {
      say(form, sentence(error));
    }
    busy = false;
    show(form, false);
  });
}

/** What went wrong, for people. */
export function sentence(error: unknown): string {
  const known = [Problem, Refused, Away, ProtocolError].some((kind) => error instanceof kind);
  if (!known) console.warn(error);
  return known ? translated((error as Error).message) : UNEXPECTED;
}

/** The page's own translation of an English sentence, where it has one: #sentences. */
export function translated(english: string): string {
  const list = document.querySelector<HTMLTemplateElement>('#sentences')?.content.children ?? [];
  for (const one of list) {
    const facts = matching(one.getAttribute('data-english') ?? '').exec(english)?.groups;
    if (facts) return one.textContent.replace(/\{(\w+)\}/g, (_, fact: string) => facts[fact] ?? '');
  }
  return english;
}

/** What a sentence with {facts} in it matches, each fact as a group. */
function matching(sentence: string): RegExp {
  const plain = sentence.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^(?<all>)${plain.replace(/\{(\w+)\}/g, '(?<$1>.+)')}$`);
}

/** Into the form's alert line; an empty sentence hides it. */
export function say(form: HTMLElement, text: string): void {
  const line = form.querySelector<HTMLElement>('[data-error]');
  if (!line) return;
  line.textContent = text;
  line.hidden = !text;
}

function show(form: HTMLFormElement, busy: boolean): void {
  form.ariaBusy = String(busy);
  for (const button of form.querySelectorAll('button')) button.ariaDisabled = String(busy);
  const working = form.querySelector<HTMLElement>('[data-busy]');
  if (working) working.hidden = !busy;
  if (!busy) away(false);
}

/** `?next=` where it is a page of this portal, else `otherwise`. A pairing code stays behind #. */
export function next(otherwise: string): string {
  const asked = new URLSearchParams(location.search).get('next') ?? '';
  const url = URL.parse(asked, location.origin);
  const here = /^\/(?![/\\])/.test(asked) && url?.origin === location.origin;
  return here ? url.pathname + url.search + location.hash : otherwise;
}

export function goTo(path: string): void {
  location.assign(path);
}

/** The text of a field, as typed. */
export function valueOf(id: string): string {
  const field = document.getElementById(id);
  if (!(field instanceof HTMLInputElement)) throw new Error(`this page lacks the field #${id}`);
  return field.value;
}

/** The field “Email”; throws Problem where it cannot be one. */
export function email(): string {
  const typed = valueOf('email').trim();
  if (/^[^\s@]+@[^\s@]+$/.test(typed)) return typed;
  throw new Problem('This is not an email address. Write it as name@example.org.');
}

/** The field “Password”; throws Problem where it is empty. */
export function password(): string {
  const typed = valueOf('password');
  if (!typed) throw new Problem('Type your password.');
  return typed;
}

/** Taken out of its field at once; throws Problem where nothing was typed. */
export function passwordFrom(form: HTMLFormElement): string {
  const field = form.querySelector<HTMLInputElement>('input[type="password"]')!;
  const typed = field.value;
  field.value = '';
  if (!typed) throw new Problem('Type your password.');
  return typed;
}

function away(is: boolean): void {
  const banner = document.getElementById('away');
  if (banner) banner.hidden = !is;
}

globalThis.addEventListener('portal-away', () => away(true));
