// What the attention of cells did to the test recordings: profiles, saturation, and gates that never vary.
import { counted } from '../shared/counted.js';
import type { CellReport, GateLayer } from '../sweep/analysis/studyReport.js';
import { count, number, percent } from './format.js';
import { markup, nothing, type Markup } from './markup.js';
import { gateProfile } from './plots/gateProfile.js';
import { table } from './table.js';

/** @param best the cell whose profiles are shown at once */
export function gatesSection(cells: readonly CellReport[], best: CellReport | null): Markup {
  const rows = cells.flatMap((cell) => cell.gates.map((gate) => ({ cell, gate })));
  if (rows.length === 0) return nothing;
  const constant = rows.filter(({ gate }) => gate.constant);
  const withGates = cells.filter(({ gates }) => gates.some(({ profile }) => profile !== null));
  const shown = withGates.find(({ id }) => id === best?.id) ?? withGates.at(0);
  const others = withGates.filter((cell) => cell !== shown);
  return markup`<h3>Gates</h3>
${constantPart(constant, rows.length)}
${table(
  'Gates on the test recordings',
  [
    { header: 'Method', value: ({ cell }) => cell.method },
    { header: 'Layer', value: ({ gate }) => gate.layer },
    {
      header: 'Saturated low',
      hint: 'share of gates within 0.05 of the lower end of their range',
      value: ({ gate }) => gate.saturated.low,
      show: ({ gate }) => percent(gate.saturated.low),
    },
    {
      header: 'Saturated high',
      hint: 'share of gates within 0.05 of the upper end of their range',
      value: ({ gate }) => gate.saturated.high,
      show: ({ gate }) => percent(gate.saturated.high),
    },
    {
      header: 'Between recordings',
      hint: 'standard deviation of a gate between recordings',
      value: ({ gate }) => gate.betweenRecordings,
      show: ({ gate }) => number(gate.betweenRecordings),
    },
    {
      header: 'Of it between classes',
      hint: 'part of the variance that is between classes',
      value: ({ gate }) => gate.betweenClassesShare,
      show: ({ gate }) => percent(gate.betweenClassesShare),
    },
    {
      header: 'Varies',
      value: ({ gate }) => (gate.constant ? 'constant' : 'yes'),
      show: ({ gate }) => (gate.constant ? markup`<b>constant</b>` : 'yes'),
    },
  ],
  rows,
)}
${shown !== undefined && profiles(shown, true)}
${
  others.length > 0 &&
  markup`<details class="more"><summary>Gate profiles of ${counted(others.length, 'other cell')}</summary>${others.map((cell) => profiles(cell, false))}</details>`
}`;
}

function profiles(cell: CellReport, open: boolean): Markup {
  return markup`<details class="more"${open && markup` open`}><summary>Gate profiles of ${cell.method}</summary>
<div class="plots">${cell.gates.map(gateProfile)}</div></details>`;
}

function constantPart(constant: readonly { cell: CellReport; gate: GateLayer }[], all: number): Markup {
  if (constant.length === 0)
    return markup`<p>None of the ${counted(all, 'gate')} is a constant scale: all vary between recordings.</p>`;
  const named = constant.map(({ cell, gate }) => markup`<li>${gate.layer} of ${cell.method}</li>`);
  return markup`<p class="callout"><b>${counted(constant.length, 'gate')} of ${count(all)} ${constant.length === 1 ? 'is' : 'are'} a constant scale</b>: from recording to recording ${constant.length === 1 ? 'it varies' : 'they vary'} by less than 0.01, so a fixed factor a channel would do almost the same.</p><ul class="columns">${named}</ul>`;
}
