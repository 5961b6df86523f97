import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { describeAddress } from './address.ts';

const url = 'http://127.0.0.1:40123/#t=abc';

test('at the machine itself the address is all', () => {
  const text = describeAddress(url, {});
  expect(text).toContain(url);
  expect(text).not.toContain('ssh');
});

test.each([
  ['the usual port', '203.0.113.9 51514 198.51.100.4 22', 'ssh -L 40123:127.0.0.1:40123 USER@198.51.100.4'],
  ['another port', '203.0.113.9 51514 198.51.100.4 2222', 'ssh -L 40123:127.0.0.1:40123 -p 2222 USER@198.51.100.4'],
  ['IPv6', '2001:db8::9 51514 2001:db8::4 22', 'ssh -L 40123:127.0.0.1:40123 USER@2001:db8::4'],
])('over SSH the tunnel is a line to copy: %s', (_, connection, line) => {
  expect(describeAddress(url, { SSH_CONNECTION: connection })).toContain(line.replace('USER', userInfo().username));
});

test('port 80, which addresses leave out, is in the tunnel', () => {
  expect(
    describeAddress('http://127.0.0.1:80/#t=abc', { SSH_CONNECTION: '203.0.113.9 51514 198.51.100.4 22' }),
  ).toContain('ssh -L 80:127.0.0.1:80 ');
});
