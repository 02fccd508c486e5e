// Studies for tests, and what they are refused with.
import { parseStudy } from '../../src/sweep/study/loadStudy.js';
import { refusalOf } from './refusal.js';

/** A study over a base config without attention, whose lines begin at line 3. */
export function study(lines: string): string {
  return `name: s\nbase: { data: { train: a.ts, test: b.ts }, model: fcn }\n${lines}`;
}

/** The message that a study is refused with. */
export function refusal(text: string, overrides: string[] = []): string {
  return refusalOf(() => parseStudy(text, { file: 's.yaml' }, overrides));
}

/** Squeeze-and-excitation in two ratios, ECA, and no attention. */
export const squeezes = study(`axes:
  model.attention: [squeeze-excite, eca]
  model.attention.ratio: { values: [2, 4], when: { model.attention: squeeze-excite } }
controls: [{ model.attention: none }]
`);
