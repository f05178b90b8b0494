/** How many reports fell into each stretch of time, as bars over the slider. */

import type { Position } from './positions';

const BARS = 96;
const HEIGHT = 24;
const SVG = 'http://www.w3.org/2000/svg';

export function drawBars(svg: SVGElement, positions: readonly Position[]): void {
  const bins = binned(positions);
  const most = Math.max(1, ...bins.map(({ count }) => count));
  svg.setAttribute('viewBox', `0 0 ${BARS} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.replaceChildren(...bins.map(({ count, stolen }, i) => bar(i, count / most, stolen)));
}

interface Bin {
  count: number;
  stolen: boolean;
}

function binned(positions: readonly Position[]): Bin[] {
  const bins: Bin[] = Array.from({ length: BARS }, () => ({ count: 0, stolen: false }));
  for (const i of positions.keys()) {
    // By number, not by time: the slider steps from report to report, and so must what is over it.
    const bin = bins[Math.floor((i * (BARS - 1)) / Math.max(1, positions.length - 1))]!;
    bin.count = Math.max(bin.count, gapAfter(positions, i));
    bin.stolen ||= positions[i]!.stolen;
  }
  return bins;
}

/** Reports an hour, near this one: a theft's five-minute rhythm stands out. */
function gapAfter(positions: readonly Position[], i: number): number {
  const [here, next] = [positions[i]!, positions[i + 1] ?? positions[i - 1]];
  const gap = next ? Math.abs(next.t - here.t) : 0;
  return Math.log2(2 + 3_600_000 / Math.max(gap, 60_000));
}

function bar(i: number, share: number, stolen: boolean): SVGElement {
  const rect = document.createElementNS(SVG, 'rect');
  const height = share * HEIGHT;
  const at = { x: i + 0.15, y: HEIGHT - height, width: 0.7, height };
  for (const [name, value] of Object.entries(at)) rect.setAttribute(name, value.toFixed(2));
  if (stolen) rect.classList.add('since-theft');
  return rect;
}
