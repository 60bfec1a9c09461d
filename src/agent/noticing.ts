interface Notices<Thing> {
  readonly appeared: (thing: Thing) => void;
  readonly gone: (thing: Thing) => void;
}

/** Tells which things were not there the last time, and which were. */
export function noticing<Thing>(
  keyOf: (thing: Thing) => string,
  { appeared, gone }: Notices<Thing>,
): (things: readonly Thing[]) => void {
  let known: ReadonlyMap<string, Thing> = new Map();
  return (things) => {
    const now = new Map(things.map((thing) => [keyOf(thing), thing]));
    for (const [key, thing] of now) if (!known.has(key)) appeared(thing);
    for (const [key, thing] of known) if (!now.has(key)) gone(thing);
    known = now;
  };
}
