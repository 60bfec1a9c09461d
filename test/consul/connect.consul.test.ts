import { X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Consul } from '../../src/consul/client.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import { certificatesIn, rotateRoot } from '../support/consul/connect.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import { type FaultyFront, startFaultyFront } from '../support/http/faulty-front.ts';

const deadline = testDeadline();
const dead = { host: '127.0.0.1', port: 1 };

describe('the certificate authority of a Consul with Connect', () => {
  let server: ConsulServer;
  let consul: Consul;
  beforeAll(async () => {
    server = await startConsul({ connect: { enabled: true, ca_config: { leaf_cert_ttl: '1h' } } });
    consul = consulClient(server);
  });
  afterAll(async () => {
    consul?.close();
    await server?.close();
  });

  it('signs the leaf of a service by its active root, and names it in the SPIFFE id', async () => {
    const roots = await consul.roots(deadline);
    const leaf = await consul.leaf(agentsPlace, 'pay', deadline);
    const [root] = certificatesIn(roots?.certificates[0] ?? '');
    const certificate = new X509Certificate(leaf?.certificates ?? '');
    expect(root && certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe(`URI:spiffe://${roots?.trustDomain}/ns/default/dc/dc1/svc/pay`);
    const life = (leaf?.validBefore ?? 0) - (leaf?.validAfter ?? 0);
    expect(life).toBe(3600);
    expect(new Date(certificate.validTo).getTime()).toBe((leaf?.validBefore ?? 0) * 1000);
    expect(inspect(leaf, { depth: null })).not.toContain('PRIVATE KEY');
  });

  it('gives the leaf of its own datacenter, whatever the place says', async () => {
    const here = await consul.leaf(agentsPlace, 'mail', deadline);
    expect(await consul.leaf({ datacenter: 'dc9' }, 'mail', deadline)).toEqual(here);
  });

  it('keeps former roots behind the active one', async () => {
    const before = await consul.roots(deadline);
    await rotateRoot(server, { LeafCertTTL: '1h' });
    const after = await consul.roots(deadline);
    expect(after?.certificates.slice(1)).toEqual(before?.certificates);
    expect(after?.certificates[0]).not.toBe(before?.certificates[0]);
    expect(after?.trustDomain).toBe(before?.trustDomain);
  });
});

describe('the certificate authority of a Consul without Connect', () => {
  let server: ConsulServer;
  beforeAll(async () => {
    server = await startConsul({ connect: { enabled: false } });
  });
  afterAll(() => server?.close());

  it('has no roots', async () => {
    const consul = consulClient(server);
    expect(await consul.roots(deadline)).toBeUndefined();
    consul.close();
  });
});

describe('an agent that answers by a script', () => {
  let front: FaultyFront;
  let consul: Consul;
  const json = (status: number, body: unknown) => ({
    status,
    type: 'application/json',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  beforeEach(async () => {
    front = await startFaultyFront(dead);
    consul = consulClient(front);
  });
  afterEach(async () => {
    consul.close();
    await front.close();
  });

  it('is told partition and namespace of a leaf', async () => {
    const leaf = {
      CertPEM: 'cert',
      PrivateKeyPEM: 'key',
      ValidAfter: '2026-01-01T00:00:00Z',
      ValidBefore: '2026-01-01T01:00:00.5Z',
    };
    front.fault = () => json(200, leaf);
    const place = { datacenter: 'dc2', partition: 'sales', namespace: 'shop' };
    expect(await consul.leaf(place, 'a/b', deadline)).toMatchObject({
      validAfter: 1767225600,
      validBefore: 1767229200,
    });
    expect(front.requests).toEqual(['GET /v1/agent/connect/ca/leaf/a%2Fb?partition=sales&ns=shop']);
  });

  it('has no leaf for another partition than its own', async () => {
    const body = 'request targets partition: "sales" which does not match agent partition: "default"';
    front.fault = () => ({ status: 400, body });
    expect(await consul.leaf({ partition: 'sales' }, 'pay', deadline)).toBeUndefined();
  });

  it.each([
    ['has no active root yet', { ActiveRootID: '', TrustDomain: '', Roots: null }, 'UPSTREAM_UNAVAILABLE'],
    ['answers something else', { roots: [] }, 'UPSTREAM_REJECTED'],
  ])('that %s has failed', async (_name, body, code) => {
    front.fault = () => json(200, body);
    await expect(consul.roots(deadline)).rejects.toMatchObject({ code });
  });

  it.each([
    ['is cut short', '{"PrivateKeyPEM":"s3cr3t'],
    ['lacks its certificate', '{"PrivateKeyPEM":"s3cr3t"}'],
    ['has no times', '{"PrivateKeyPEM":"s3cr3t","CertPEM":"c","ValidAfter":"s3cr3t","ValidBefore":7}'],
  ])('shows no key when its answer %s', async (_name, body) => {
    front.fault = () => json(200, body);
    const error: unknown = await consul.leaf(agentsPlace, 'pay', deadline).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UPSTREAM_REJECTED' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cr3t');
  });
});
