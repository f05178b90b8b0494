/**
 * Opened evidence into the page: clones of server-rendered templates, filled by name.
 *
 * The words stay in the templates, and what a laptop wrote only ever becomes text.
 */

export type Fields = Readonly<Record<string, string | number | null>>;

/** A copy of the template's one element, each `data-field` filled; a null field is left out. */
export function fill(template: HTMLTemplateElement, fields: Fields): HTMLElement {
  // Imported, since a picture of the template's own inert document never decodes.
  const copy = document.importNode(template.content, true).firstElementChild;
  if (!(copy instanceof HTMLElement)) throw new Error(`#${template.id} holds no element`);
  for (const place of copy.querySelectorAll<HTMLElement>('[data-field]')) {
    const value = fields[place.dataset.field ?? ''] ?? null;
    if (value === null) place.remove();
    else place.textContent = String(value);
  }
  return copy;
}

/** Replace what a list holds by one copy for each of `rows`. */
export function fillList(
  list: Element,
  template: HTMLTemplateElement,
  rows: readonly Fields[],
): void {
  list.replaceChildren(...rows.map((row) => fill(template, row)));
}

/** The element with this id, of the class it must have. */
export function byId<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`this page lacks #${id}`);
  return found;
}
