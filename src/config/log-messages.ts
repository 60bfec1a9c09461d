/** What the log says of matters that alarms look for; whoever reads the log relies on these words. */
export const logMessages = {
  request: 'request',
  staleSource: 'source stale',
  rejectedConfiguration: 'configuration rejected',
} as const;
