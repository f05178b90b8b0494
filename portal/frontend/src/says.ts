/** The page's own sentences: the server renders them in the reader's language, scripts fill them. */

import type { Fields } from './fill';

/** The sentence of this name, its {facts} filled; throws where the page lacks it. */
export function say(name: string, facts: Fields = {}): string {
  const sentence = spoken(name);
  if (sentence === null) throw new Error(`this page has no sentence “${name}”`);
  return sentence.replace(/\{(\w+)\}/g, (_, fact: string) => String(facts[fact] ?? ''));
}

/** The sentence of this name, or what a laptop wrote that we have no words for. */
export function sayOr(name: string, otherwise: string): string {
  return spoken(name) ?? otherwise;
}

function spoken(name: string): string | null {
  for (const template of document.querySelectorAll<HTMLTemplateElement>('template.says')) {
    const found = template.content.querySelector(`[data-say="${CSS.escape(name)}"]`);
    if (found) return found.textContent;
  }
  return null;
}
