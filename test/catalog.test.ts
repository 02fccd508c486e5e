// `masq models` and `masq layers`: every entry is listed and described within 100 columns.
import { expect, it } from 'vitest';
import { attentions, models } from '../src/models/index.js';
import { masq } from './support/masq.js';

it.each([
  { command: 'models', names: Object.keys(models), first: 'model' },
  {
    command: 'layers',
    names: [
      ...Object.keys(attentions),
      'sequenceMask',
      'maskedConv1d',
      'handCraftedFilters1d',
      'maskedBatchNorm',
      'maskedConcatenate',
      'maskedLstm',
      'maskedMaxPool1d',
      'maskedResample1d',
      'maskedDropout',
      'squeezeExcite1d',
    ],
    first: 'Attention (model.attention in a config):',
  },
])('masq $command lists all of them and describes each in 100 columns', async ({ command, names, first }) => {
  const list = await masq(command);
  expect(list).toMatchObject({ status: 0, stderr: '' });
  expect(list.stdout.startsWith(first)).toBe(true);
  const descriptions: string[] = [];
  for (const name of names) {
    expect(list.stdout).toMatch(new RegExp(`^${name} {2,}`, 'm'));
    const { status, stdout } = await masq(command, name);
    expect({ status, start: stdout.slice(0, name.length + 1) }).toEqual({ status: 0, start: `${name}:` });
    descriptions.push(stdout);
  }
  const lines = [list.stdout, ...descriptions].join('\n').split('\n');
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
});

it('masq models NAME shows options with defaults, layers and cost', async () => {
  const { stdout } = await masq('models', 'fcn');
  expect(stdout).toMatch(/^filters +\[128, 256, 128\] /m);
  expect(stdout).toMatch(/^attention +"none" /m);
  // 1 channel, 2 classes: 8·128 + 5·128·256 + 3·256·128 kernels, 2·512 of normalisation, 128·2 + 2.
  expect(stdout).toContain('264,450 parameters');
});

it("masq models NAME shows the published network's attention with its options", async () => {
  const { stdout } = await masq('models', 'efficientnet');
  const row = /^attention +"squeeze-excite" +(.*?)\n\n/ms.exec(stdout)?.[1].replaceAll(/\s+/g, ' ');
  expect(row).toContain('placement: standard, pre, post, identity; by default with ratio: 4, bias: true,');
});

it('masq models inception-time shows its options, its modules and its cost', async () => {
  const { stdout } = await masq('models', 'inception-time');
  expect(stdout).toMatch(/^kernelSizes +\[40, 20, 10\] /m);
  expect(stdout).toMatch(/^bottleneck +32 /m);
  expect(stdout).toMatch(/^module1_pool +MaskedMaxPool1d +100 × 1 /m);
  // The 420,192 of the authors' code, and 128·2 + 2 of the output layer.
  expect(stdout).toContain('420,450 parameters');
});

it.each([
  ['models', 'fnc', 'There is no model "fnc". Did you mean "fcn"? Known: '],
  ['layers', 'squeeze-exite', 'There is no layer "squeeze-exite". Did you mean "squeeze-excite"? Known: '],
])('masq %s %s is refused with the nearest name', async (command, name, message) => {
  const { status, stdout, stderr } = await masq(command, name);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr.startsWith(message)).toBe(true);
});
