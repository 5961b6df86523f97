import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import type { OpenApp } from './open-app.ts';
import { appFolder, makeFolders } from './open-app.ts';

/** What the system's file dialogs answer in place of a person, whose hand no test can lead there. */
async function answerDialogs(app: ElectronApplication, path: string): Promise<void> {
  await app.evaluate(({ dialog }, picked) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [picked] });
  }, path);
}

/** The app in its own window; `program` is Electron's. */
export async function openInElectron(program: string): Promise<OpenApp & { readonly app: () => ElectronApplication }> {
  const { libraryFolder, ownFolder, remove } = await makeFolders();
  const inherited = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const start = async (): Promise<{ readonly app: ElectronApplication; readonly page: Page }> => {
    const app = await _electron.launch({
      executablePath: program,
      // Chromium's sandbox does not start for root, which test machines often are.
      args: [appFolder, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...Object.fromEntries(inherited), SAFEDPO_LIBRARY: libraryFolder, SAFEDPO_ENGINE_NODE: process.execPath },
    });
    const page = await app.firstWindow();
    await page.waitForLoadState('domcontentloaded');
    return { app, page };
  };
  let running = await start();
  return {
    libraryFolder,
    ownFolder,
    app: () => running.app,
    get page() {
      return running.page;
    },
    async pick(hand, opener, path) {
      await answerDialogs(running.app, path);
      await hand.activate(running.page.getByRole('main').getByRole('button', { name: opener, exact: true }));
    },
    async reopen() {
      await running.app.close();
      running = await start();
      return running.page;
    },
    async close() {
      await running.app.close();
      await remove();
    },
  };
}
