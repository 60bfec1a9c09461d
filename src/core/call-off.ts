/** Whether anybody still waits for a call; lighter than a signal, since one is made for each request of a busy program. */
export interface CallOff {
  readonly cancelled: boolean;
  /** Calls `act` once nobody does, at once when that is so already, unless what is returned was called before. */
  onCancel(act: () => void): () => void;
}

/**
 * Waits for a result for no longer than anybody wants it.
 * @param reason what to reject with then
 */
export async function whileWanted<Result>(
  callOff: CallOff,
  result: Promise<Result>,
  reason: () => Error,
): Promise<Result> {
  let forget = (): void => {};
  const unwanted = new Promise<never>((_resolve, reject) => {
    forget = callOff.onCancel(() => reject(reason()));
  });
  try {
    return await Promise.race([result, unwanted]);
  } finally {
    forget();
  }
}
