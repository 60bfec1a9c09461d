/** Answers with what it was called with. */
export const handler = async (event) => event;
