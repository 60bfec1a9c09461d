/** Orders items by a text of theirs, as its UTF-16 units compare: the same everywhere, whatever the locale. */
export function byText<Item>(textOf: (item: Item) => string): (left: Item, right: Item) => number {
  return (left, right) => {
    const [one, other] = [textOf(left), textOf(right)];
    return one < other ? -1 : Number(one > other);
  };
}
