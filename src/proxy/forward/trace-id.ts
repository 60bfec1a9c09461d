/**
 * The trace that the client is in, or a new one
 * (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
 * @param given the header `x-amzn-trace-id`
 * @param requestId a UUID, whose digits become those of the trace
 * @param time milliseconds since 1970
 */
export function traceIdOf(
  given: string | readonly string[] | undefined,
  requestId: string,
  time: number,
): string {
  if (typeof given === 'string' && /^[\x21-\x7e][\x20-\x7e]{0,1023}$/.test(given)) return given;
  const seconds = Math.floor(time / 1000)
    .toString(16)
    .padStart(8, '0');
  const [a, b, c, d, e = ''] = requestId.split('-', 5);
  return `Root=1-${seconds}-${a}${b}${c}${d}${e.slice(0, 4)}`;
}
