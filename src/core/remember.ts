/** Makes a value of an input, and gives the last value again for an input that is the same as the last one. */
export function rememberingLast<Input, Output>(
  make: (input: Input) => Output,
  same: (left: Input, right: Input) => boolean = Object.is,
): (input: Input) => Output {
  let last: { input: Input; output: Output } | undefined;
  return (input) => {
    if (!last || !same(last.input, input)) last = { input, output: make(input) };
    return last.output;
  };
}

/** Makes a value of an object once, and gives it again for as long as the object is there, which must never change. */
export function rememberingEach<Input extends object, Output>(
  make: (input: Input) => Output,
): (input: Input) => Output {
  const made = new WeakMap<Input, { output: Output }>();
  return (input) => {
    const before = made.get(input);
    if (before) return before.output;
    const output = make(input);
    made.set(input, { output });
    return output;
  };
}

/** Makes a value of an input, and gives it again for every input with the same key. */
export function rememberingBy<Input, Output>(
  keyOf: (input: Input) => string,
  make: (input: Input) => Output,
): (input: Input) => Output {
  const made = new Map<string, { output: Output }>();
  return (input) => {
    const key = keyOf(input);
    const before = made.get(key);
    if (before) return before.output;
    const output = make(input);
    made.set(key, { output });
    return output;
  };
}
