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
