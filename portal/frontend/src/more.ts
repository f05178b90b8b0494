/** Long lists a piece at a time: a year of reports must not fill the page. */

/** Shows the first `size` of what it is given; the button shows as many more, and so on. */
export function piecewise<T>(
  list: Element,
  button: HTMLButtonElement,
  size: number,
  make: (row: T) => Element,
): (rows: readonly T[]) => void {
  let [rows, shown]: [readonly T[], number] = [[], size];
  const show = (): void => {
    list.replaceChildren(...rows.slice(0, shown).map(make));
    button.hidden = rows.length <= shown;
  };
  button.addEventListener('click', () => {
    const first = shown;
    shown += size;
    show();
    focusOn(list.children[first]); // the button may be gone, and the keyboard with it
  });
  return (all) => {
    rows = all;
    show();
  };
}

function focusOn(row: Element | undefined): void {
  const inside = row?.querySelector<HTMLElement>('a, button');
  if (inside) inside.focus();
  else if (row instanceof HTMLElement) {
    row.tabIndex = -1;
    row.focus();
  }
}
