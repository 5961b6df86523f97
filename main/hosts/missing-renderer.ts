import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failed } from '../../native-models/failure.ts';

/**
 * Builds the interface into `rendererFolder` where a fresh checkout has none yet, and tells so first. An installed app
 * brings its own and has nothing to build with; `readAssets` says what is missing there. Throws `renderer-not-built`
 * when the build fails.
 */
export async function buildMissingRenderer(
  appFolder: string,
  rendererFolder: string,
  tell: (line: string) => void,
): Promise<void> {
  const [vite, settings] = [
    join(appFolder, 'node_modules/vite/bin/vite.js'),
    join(appFolder, 'renderer/vite.config.ts'),
  ];
  if (existsSync(join(rendererFolder, 'index.html')) || !existsSync(vite) || !existsSync(settings)) return;
  tell('The interface has not been built yet: building it now, once.');
  // Standard output is for results, so what the build says goes to standard error.
  const build = spawn(
    process.execPath,
    [vite, 'build', '--config', settings, '--outDir', rendererFolder, '--logLevel', 'error'],
    { stdio: ['ignore', 2, 2] },
  );
  const [code] = await once(build, 'exit');
  if (code !== 0)
    throw failed(
      'renderer-not-built',
      `Building the interface failed with exit code ${code}; what it said is above. Run "npm ci", then "npm ` +
        'run build".',
      { folder: rendererFolder, exitCode: code },
    );
}
