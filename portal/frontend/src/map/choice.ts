/**
 * “Show streets”, only by choice: nothing is asked for before the owner chose whom to ask.
 *
 *   <details data-map="streets">
 *     <button data-map="portal-streets">   where the portal has a file; it then sees which parts
 *     <input type="file" data-map="own-streets">   a file of the owner's; nobody sees anything
 *     <button data-map="no-streets" hidden>
 *     <p role="status" data-map="streets-said">
 *   <span data-map="credit">
 */

import type OlMap from 'ol/Map';

import { say } from '../says';
import { ABOVE_LAND } from './basemap';
import type { Colors } from './colors';
import type { Streets } from './streets';

const PORTALS_FILE = '/api/v1/streets';

/** Does nothing for a figure that offers no streets. */
export function offerStreets(figure: HTMLElement, map: OlMap, colors: () => Colors): void {
  const choice = figure.querySelector<HTMLElement>('[data-map="streets"]');
  if (choice) new Choice(figure, map, colors);
}

class Choice {
  #shown: Streets | null = null;
  #turn = 0;

  constructor(
    private readonly figure: HTMLElement,
    private readonly map: OlMap,
    private readonly colors: () => Colors,
  ) {
    this.#part('portal-streets')?.addEventListener('click', () => void this.#show(PORTALS_FILE));
    this.#part('no-streets')!.addEventListener('click', () => this.#hide());
    const own = this.#part<HTMLInputElement>('own-streets')!;
    own.addEventListener('change', () => own.files?.[0] && void this.#show(own.files[0]));
  }

  /** Who chooses again before the first file is open gets the second. */
  async #show(from: File | string): Promise<void> {
    this.#hide();
    const turn = this.#turn;
    this.#say(say('streets-opening'));
    const faulty = say(from instanceof File ? 'streets-broken' : 'streets-away');
    try {
      const { openStreets } = await import('./streets');
      const streets = await openStreets(from, this.colors, () => this.#say(faulty));
      if (turn === this.#turn) this.#add(streets);
    } catch (error) {
      console.info(error); // the reader of the file throws whatever it stumbles over
      if (turn === this.#turn) this.#say(faulty);
    }
  }

  #add(streets: Streets): void {
    this.#shown = streets;
    this.map.getLayers().insertAt(ABOVE_LAND, streets.layer);
    this.#part('credit')!.textContent = streets.credit;
    this.#part('no-streets')!.hidden = false;
    this.#say(say('streets-shown'));
  }

  #hide(): void {
    this.#turn += 1;
    if (this.#shown) this.map.removeLayer(this.#shown.layer);
    this.#shown = null;
    this.#part('credit')!.textContent = '';
    this.#part('no-streets')!.hidden = true;
    this.#say('');
  }

  #say(text: string): void {
    this.#part('streets-said')!.textContent = text;
  }

  #part<T extends HTMLElement>(name: string): T | null {
    return this.figure.querySelector<T>(`[data-map="${name}"]`);
  }
}
