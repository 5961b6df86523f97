import { hostname, userInfo } from 'node:os';

type Environment = { readonly [name: string]: string | undefined };

/** What to tell the person: the address and, where this machine was reached over SSH, the tunnel that leads to it. */
export function describeAddress(url: string, environment: Environment = process.env): string {
  const tunnel = tunnelCommand(Number(new URL(url).port || 80), environment);
  return [
    `SafeDPO Studio is at ${url}`,
    ...(tunnel === null
      ? []
      : ['This is a remote machine. Run this on your own computer, then open the address there:', `  ${tunnel}`]),
    'The address works once; a new one is printed after it is used. Ctrl-C ends the app; a training run continues.',
  ].join('\n');
}

/**
 * The port is the same at both ends: the host answers to no other. `SSH_CONNECTION` is set by sshd: client, its port,
 * server, its port.
 */
function tunnelCommand(port: number, environment: Environment): string | null {
  const connection = environment['SSH_CONNECTION'];
  if (connection === undefined) return null;
  const [, , server = hostname(), sshPort = '22'] = connection.split(' ');
  return `ssh -L ${port}:127.0.0.1:${port}${sshPort === '22' ? '' : ` -p ${sshPort}`} ${userInfo().username}@${server}`;
}
