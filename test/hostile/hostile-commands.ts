import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runtimeVersion } from '../../main/hardware/cuda-libraries.ts';

const program = join(import.meta.dirname, '../../main/hosts/cli/safedpo.js');
const answer = z.object({ error: z.object({ code: z.string() }) });

interface HostileCommand {
  readonly kind: string;
  readonly what: string;
  /** The code of its error. */
  readonly run: () => Promise<string>;
}

/** Provider packages and exported folders with certificates, which only the command line takes. */
export function hostileCommands(root: string): HostileCommand[] {
  const packages: { readonly [what: string]: Buffer } = {
    'no zip': Buffer.from('not a zip'),
    empty: Buffer.alloc(0),
    'a directory of nothing': Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)]),
    'a directory beyond the end': Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18, 255)]),
    zeros: Buffer.alloc(1_000_000),
    'a signature in the middle': Buffer.concat([
      Buffer.alloc(5000, 1),
      Buffer.from('PK\u0005\u0006'),
      Buffer.alloc(18, 2),
    ]),
    'a local header alone': Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(26, 1)]),
  };
  const certificates: { readonly [what: string]: string } = {
    'no JSON': '{',
    'a list': '[]',
    'an empty object': '{}',
    deep: '['.repeat(1_000_000),
    'a number': '1e400',
    'its prototype': '{"__proto__":{"safedpoCertificate":1}}',
    'hashes that are none': '{"safedpoCertificate":1,"run":"r","format":"f","files":{"a":{"bytes":1,"sha256":"x"}}}',
  };
  return [
    ...Object.entries(packages).map(([what, bytes], index) =>
      command('provider package', what, () => {
        const folder = join(root, 'packages', String(index));
        mkdirSync(folder, { recursive: true });
        const file = join(folder, `onnxruntime_gpu-${runtimeVersion()}.whl`);
        writeFileSync(file, bytes);
        return ['doctor', '--install', file];
      }),
    ),
    command('provider package', 'a pipe', () => {
      const file = join(root, `onnxruntime_gpu-${runtimeVersion()}.whl`);
      execFileSync('mkfifo', [file]);
      return ['doctor', '--install', file];
    }),
    ...Object.entries(certificates).map(([what, text], index) =>
      command('certificate', what, () => {
        const folder = join(root, 'exports', String(index));
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, 'certificate.json'), text);
        return ['verify', folder];
      }),
    ),
    command('certificate', 'a link to /dev/zero', () => {
      const folder = join(root, 'exports', 'zero');
      mkdirSync(folder, { recursive: true });
      symlinkSync('/dev/zero', join(folder, 'certificate.json'));
      return ['verify', folder];
    }),
  ];
}

function command(kind: string, what: string, prepare: () => readonly string[]): HostileCommand {
  return {
    kind,
    what,
    async run() {
      const { stdout } = spawnSync(process.execPath, [program, ...prepare(), '--json'], { encoding: 'utf8' });
      const parsed = answer.safeParse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
      return parsed.success ? parsed.data.error.code : 'taken';
    },
  };
}
