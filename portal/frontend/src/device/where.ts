/** “Where it has been”: the map, a slider through time, and the same as a table. */

import { byId, fill } from '../fill';
import { showMap, type WhereMap } from '../map/map';
import { piecewise } from '../more';
import { say } from '../says';
import { moment } from '../words';
import { routeOnMap } from './hops';
import type { Laptop } from './laptop';
import { described, type Position, positionsOf } from './positions';
import { drawBars } from './timeline';

const ROWS = 50;

export class Where {
  #positions: readonly Position[] = [];
  readonly #slider = byId('when', HTMLInputElement);
  readonly #list: (rows: readonly Position[]) => void;

  private constructor(private readonly map: Promise<WhereMap>) {
    const list = byId('positions', HTMLTableSectionElement);
    const row = byId('position-row', HTMLTemplateElement);
    const more = byId('more-positions', HTMLButtonElement);
    this.#list = piecewise(list, more, ROWS, (one) => fill(row, described(one)));
    this.#slider.addEventListener('input', () => void this.#choose(this.#slider.valueAsNumber));
  }

  static begin(): Where {
    const ready = Promise.withResolvers<WhereMap>();
    const where = new Where(ready.promise);
    const clicked = (seq: number): void =>
      void where.#choose(where.#positions.findIndex((one) => one.seq === seq));
    showMap(byId('where', HTMLElement), clicked).then(ready.resolve, ready.reject);
    return where;
  }

  /** Everything anew, unless nothing new came: whoever looks at a place is not carried away. */
  async show(laptop: Laptop): Promise<void> {
    const positions = positionsOf(laptop);
    const map = await this.map;
    map.showRoute(routeOnMap(laptop));
    const [was, is] = [this.#positions, positions];
    if (was.length === is.length && was.at(-1)?.seq === is.at(-1)?.seq) return;
    this.#positions = positions;
    map.showFixes(positions);
    this.#list(positions.toReversed());
    drawBars(byId('bars', SVGElement), positions);
    this.#showEnds();
    await this.#choose(positions.length - 1);
  }

  #showEnds(): void {
    const [first, last] = [this.#positions[0], this.#positions.at(-1)];
    byId('count', HTMLElement).textContent = say('positions', { count: this.#positions.length });
    byId('timeline', HTMLElement).hidden = this.#positions.length < 2;
    byId('no-positions', HTMLElement).hidden = this.#positions.length > 0;
    if (!first || !last) return;
    byId('begins', HTMLElement).textContent = moment(first.t);
    byId('ends', HTMLElement).textContent = moment(last.t);
    this.#slider.max = String(this.#positions.length - 1);
  }

  async #choose(index: number): Promise<void> {
    const chosen = this.#positions[index];
    if (!chosen) return;
    const said = say('chosen', described(chosen));
    this.#slider.value = String(index);
    this.#slider.setAttribute('aria-valuetext', said);
    byId('chosen', HTMLElement).textContent = said;
    (await this.map).choose(chosen.seq);
  }

  /** For paper: drawn at its width; the way back. */
  async print(width: number): Promise<() => void> {
    return (await this.map).print(width);
  }
}
