// The health check of the images: Node is there, curl is not.
const { HEALTH_URL = '' } = process.env;
try {
  const { ok, status } = await fetch(HEALTH_URL, { signal: AbortSignal.timeout(2_000) });
  console.log(`${HEALTH_URL}: ${status}`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.log(`${HEALTH_URL}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
