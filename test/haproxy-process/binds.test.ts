import { expect, it } from 'vitest';
import { bindsIn } from '../../src/haproxy-process/binds.ts';

it('finds the addresses that a configuration listens on', () => {
  const text = `frontend fe
    bind :80
    bind *:81,127.0.0.1:82 ssl crt /c
    bind ipv6@[::1]:83
    bind /run/socket
    bind 127.0.0.1:90-99
    bind "\${WHERE}"
    # bind :84
`;
  expect(bindsIn(text)).toEqual([
    { address: '', port: 80 },
    { address: '', port: 81 },
    { address: '127.0.0.1', port: 82 },
    { address: '::1', port: 83 },
  ]);
});
