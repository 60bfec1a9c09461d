import { type Checked, accepted, refused } from '../core/checked.ts';

/** Where a Docker Engine, or a Podman that speaks its API, is reached. */
export type DockerAddress =
  { readonly kind: 'socket'; readonly path: string } | { readonly kind: 'http'; readonly origin: string };

const defaultPorts = { tcp: '2375', http: '80' } as const;

/**
 * Addresses as `DOCKER_HOST` has them (https://docs.docker.com/reference/cli/docker/#environment-variables):
 * `unix:///path`, and `tcp://host:port` or `http://host:port`, which are one. TLS and SSH are left to what stands before.
 */
export function checkDockerAddress(text: string): Checked<DockerAddress> {
  const path = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return accepted({ kind: 'socket', path });
  const [, scheme, place] = /^(tcp|http):\/\/([^/?#@]+)\/?$/.exec(text) ?? [];
  if ((scheme === 'tcp' || scheme === 'http') && place !== undefined) {
    const host = /:\d+$/.test(place) ? place : `${place}:${defaultPorts[scheme]}`;
    const url = `http://${host}`;
    if (URL.canParse(url)) return accepted({ kind: 'http', origin: new URL(url).origin });
  }
  return refused('unix:///path, tcp://host:port or http://host:port', text);
}
