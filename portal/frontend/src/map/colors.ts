/** The map's colors out of the style sheet, so that it follows light and dark. */

const NAMES = [
  'sea',
  'land',
  'border',
  'label',
  'halo',
  'older',
  'newer',
  'theft',
  'route',
  'ring',
  'grid',
  'green',
  'building',
  'road',
  'highway',
] as const;

export type Colors = Readonly<Record<(typeof NAMES)[number], string>>;

/** `--map-…` are registered as colors in site.css: a plain property would read "light-dark(…)". */
export function colorsOf(element: Element): Colors {
  const style = getComputedStyle(element);
  const read = NAMES.map((name) => [name, style.getPropertyValue(`--map-${name}`)]);
  return Object.fromEntries(read) as Colors;
}

/** Hear that the colors may have changed; the print style sheet counts as a change. */
export function onColorChange(changed: () => void): void {
  for (const query of ['(prefers-color-scheme: dark)', 'print']) {
    matchMedia(query).addEventListener('change', changed);
  }
}
