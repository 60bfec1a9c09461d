import { once } from 'node:events';
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import type { Secret } from '../../core/secret.ts';
import { createSend, type Send } from './http.ts';

/** How Consul's certificate is verified, and which one it is shown. */
export interface ConsulTls {
  /** False accepts any certificate. */
  verify: boolean;
  /** Name expected in Consul's certificate, where it is not the host of the address. */
  serverName?: string;
  /** PEM, both or neither. */
  clientCert?: string;
  clientKey?: Secret;
}

/** Where Consul's HTTP API is. */
export interface Address {
  /** A name or an IP address, without brackets. */
  host: string;
  port: number;
  secure: boolean;
  /** What comes before `/v1`, without a final slash. */
  path?: string;
}

/** More would meet Consul's `http_max_conns_per_client` (200) with few callers. */
const usualSockets = 64;

/** Kept-alive connections to one Consul: one set for each CA certificate, and a second comes with a rotation only. */
export class Connections {
  /** e.g. `https://consul.example.com:8501/consul` */
  readonly server: string;
  readonly #address: Address;
  readonly #tls: ConsulTls | undefined;
  readonly #maxSockets: number;
  readonly #open = new Map<string | undefined, { agent: Agent; send: Send }>();

  /** Nothing is opened before something is sent. */
  constructor(address: Address, tls: ConsulTls | undefined, maxSockets = usualSockets) {
    const { host, port, secure, path = '' } = address;
    this.#address = address;
    this.#tls = tls;
    this.#maxSockets = maxSockets;
    this.server = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  }

  /** Sends requests over connections that trust `ca`, certificates in PEM, or without it the system's. */
  to(ca: string | undefined): Send {
    const open = this.#open.get(ca);
    if (open) return open.send;
    const agent = this.#agent(ca);
    const send = createSend(this.server, agent);
    this.#open.set(ca, { agent, send });
    return send;
  }

  /** Ends every connection, and what is being asked over it. */
  close(): void {
    for (const { agent } of this.#open.values()) agent.destroy();
    this.#open.clear();
  }

  /**
   * When the certificate of the other side ends, in milliseconds since 1970; undefined without TLS. It takes a connection of
   * its own: on those that requests went over, Node keeps it no longer than the first answer takes.
   */
  async certificateEnd(ca: string | undefined, signal: AbortSignal): Promise<number | undefined> {
    const { host, port, secure } = this.#address;
    if (!secure) return undefined;
    const named = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, ...named, ...this.#tlsOptions(ca) });
    try {
      await once(socket, 'secureConnect', { signal });
      return Date.parse(socket.getPeerCertificate().valid_to);
    } finally {
      socket.destroy();
    }
  }

  #agent(ca: string | undefined): Agent {
    const connections = { keepAlive: true, maxSockets: this.#maxSockets };
    if (!this.#address.secure) return new Agent(connections);
    return new SecureAgent({ ...connections, ...this.#tlsOptions(ca) });
  }

  #tlsOptions(ca: string | undefined): ConnectionOptions {
    const tls = this.#tls;
    return {
      rejectUnauthorized: tls?.verify ?? true,
      ...(ca !== undefined && { ca }),
      ...(tls?.serverName !== undefined && { servername: tls.serverName }),
      ...(tls?.clientCert !== undefined && { cert: tls.clientCert }),
      ...(tls?.clientKey !== undefined && { key: tls.clientKey.reveal() }),
    };
  }
}
