/**
 * Runs `work` over `items`, at most `limit` at a time, and returns the results in the order of the items.
 * The first rejection stops new work from starting and is thrown once what runs has ended.
 */
export async function mapConcurrent<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const pending = items.entries();
  let stopped = false;
  async function worker(): Promise<void> {
    for (const [index, item] of pending) {
      if (stopped) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return results;
}
