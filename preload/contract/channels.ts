/** The IPC channels of the desktop app: all there are. Operations and subscriptions are told apart by the message. */
export const channels = {
  call: 'safedpo:call',
  client: 'safedpo:client-frame',
  host: 'safedpo:host-frame',
  drop: 'safedpo:drop',
} as const;
