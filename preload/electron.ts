import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Bridge } from './contract/bridge-transport.ts';
import { channels } from './contract/channels.ts';

/**
 * The page's only door to the main process. Four fixed channels, no Electron object crosses, listeners get the
 * message without the event (Electron security checklist, item 20).
 */
const bridge: Bridge = {
  call: (operation, input) => ipcRenderer.invoke(channels.call, operation, input),
  send: (frame) => ipcRenderer.send(channels.client, frame),
  listen(listener) {
    const hear = (_: unknown, frame: Parameters<typeof listener>[0]): void => listener(frame);
    ipcRenderer.on(channels.host, hear);
    return () => void ipcRenderer.off(channels.host, hear);
  },
  // The path is found here and goes to the main process; the page gets back a handle.
  dropFile: (file) => ipcRenderer.invoke(channels.drop, file instanceof File ? webUtils.getPathForFile(file) : ''),
};

contextBridge.exposeInMainWorld('safedpo', bridge);
