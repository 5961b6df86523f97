import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { softwareGpu } from './software-gpu.ts';

const answer = z.union([z.object({ error: z.number() }), z.object({ unavailable: z.string() })]);

/** The self-test in a process of its own, which alone can be given another library path. */
function selfTest(): z.infer<typeof answer> {
  const selfTestFile = new URL('../../native-models/engine/probe/self-test.ts', import.meta.url).href;
  const program = `
    const { requireRightGradients } = await import(${JSON.stringify(selfTestFile)});
    const asked = requireRightGradients({ provider: 'webgpu', threads: 1 });
    const answer = await asked.then((error) => ({ error }), (failure) => {
      if (failure.code !== 'provider-unavailable') throw failure;
      return { unavailable: failure.message };
    });
    process.stdout.write('\\n' + JSON.stringify(answer));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: { ...process.env, ...softwareGpu },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return answer.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
}

it('WebGPU computes the gradients of float64, layers kept and recomputed', { timeout: 180_000 }, ({ skip }) => {
  const result = selfTest();
  if ('unavailable' in result) {
    process.stderr.write(`SKIPPED: no WebGPU adapter here, so its kernels were not checked (${result.unavailable})\n`);
    skip('no WebGPU adapter');
    return;
  }
  expect(result.error).toBeLessThan(1e-4);
});
