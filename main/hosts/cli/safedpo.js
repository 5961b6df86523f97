#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read: it says what is missing before anything needs it.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18)) {
  await import('./safedpo.ts');
} else {
  process.stderr.write(
    `safedpo needs Node 22.18 or later; this is Node ${process.versions.node} (${process.execPath}).\nInstall a current Node from https://nodejs.org, or run it through npm in the checkout: npm run -s safedpo -- COMMAND\n`,
  );
  process.exitCode = 2;
}
