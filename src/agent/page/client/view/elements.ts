/** Attributes by name; every value is text, and so is every child that is no element: nothing is read as markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The element of the page's template with this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element "${id}".`);
  return found;
}

/** Sets a text, unless it is there: what is read aloud when it changes is not read again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Sets an attribute, unless it is so. */
export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Makes `wanted` the children of `parent`, and moves no element that stands where it should. */
export function place(parent: Element, wanted: readonly Element[]): void {
  const staying = new Set(wanted);
  for (const child of Array.from(parent.children)) if (!staying.has(child)) child.remove();
  for (const [at, child] of wanted.entries()) {
    const there = parent.children[at];
    if (there !== child) parent.insertBefore(child, there ?? null);
  }
}

/** Shows items under `parent`, as given and in their order; an item that was there before keeps its element. */
export function rowsOf<Item>(
  parent: Element,
  create: (item: Item) => Element,
): (items: readonly Item[]) => void {
  let kept = new Map<string, Element>();
  return (items) => {
    const next = new Map<string, Element>();
    for (const item of items) {
      const key = freeKey(next, JSON.stringify(item));
      next.set(key, kept.get(key) ?? create(item));
    }
    place(parent, [...next.values()]);
    kept = next;
  };
}

/** Items that are the same as one before are told apart by their number. */
function freeKey(taken: ReadonlyMap<string, unknown>, key: string, number = 1): string {
  const numbered = `${key}${number}`;
  return taken.has(numbered) ? freeKey(taken, key, number + 1) : numbered;
}
