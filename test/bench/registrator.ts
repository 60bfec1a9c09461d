import { emptyCatalog } from '../support/consul/catalog.ts';
import { startConsul } from '../support/consul/server.ts';
import { sandboxAws } from '../support/aws/sandbox-aws.ts';
import { printTable } from './harness.ts';
import { eventsBesideMany, eventToVisible } from './registrator/events.ts';
import { fullSyncs } from './registrator/syncs.ts';
import { awsLatencyMs, consulLatencyMs } from './registrator/world.ts';

const [server, otherServer] = await Promise.all([startConsul(), startConsul()]);
const [aws, otherAws] = await Promise.all([sandboxAws(), sandboxAws()]);
try {
  for (const { faults } of [aws, otherAws]) faults.latencyMs = awsLatencyMs;
  const rows = await fullSyncs(server, aws);
  await emptyCatalog(server);
  rows.push(await eventToVisible(server, aws));
  rows.push(...(await eventsBesideMany({ server, aws }, { server: otherServer, aws: otherAws })));
  const distances = `AWS ${awsLatencyMs} ms and Consul ${consulLatencyMs} ms away, beside 10,000 services 0 ms`;
  printTable(`Registrator on Consul ${server.version}, ${distances}`, rows);
} finally {
  await Promise.all([server.close(), otherServer.close(), aws.close(), otherAws.close()]);
}
