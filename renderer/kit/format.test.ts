import { expect, test } from 'vitest';
import { formatBytes, formatDuration, formatEstimate, formatNumber, formatParameters } from './format.ts';

test('numbers carry their unit, count and interval', () => {
  expect({
    bytes: [formatBytes(512), formatBytes(1024 ** 2), formatBytes(9.1 * 1024 ** 3), formatBytes(1024 ** 3 - 1)],
    durations: [
      formatDuration(0.2),
      formatDuration(89),
      formatDuration(720),
      formatDuration(11_100),
      formatDuration(7200),
    ],
    estimate: formatEstimate(0.962, [0.941, 0.977], 480),
    numbers: [
      formatNumber(0.693147),
      formatNumber(1e-6),
      formatNumber(2.5e-5),
      formatNumber(12.345),
      formatNumber(-0.04),
    ],
    parameters: [formatParameters(134_515_008), formatParameters(260_032), formatParameters(7.24e9)],
  }).toEqual({
    bytes: ['512 B', '1.0 MiB', '9.1 GiB', '1.0 GiB'],
    durations: ['0 s', '89 s', '12 min', '3 h 5 min', '2 h'],
    estimate: '96.2 % (94.1–97.7, n 480)',
    numbers: ['0.6931', '1e-6', '2.5e-5', '12.35', '-0.04'],
    parameters: ['135 M', '260 K', '7.24 B'],
  });
});
