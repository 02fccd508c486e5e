// The critical-difference diagram (Demšar 2006): average ranks of methods over data sets, and which are not told apart.
import { short, shorten } from '../format.js';
import { join, markup, type Markup } from '../markup.js';
import { figure, picture, place, textWidth } from './plot.js';

export interface CriticalDifferenceDiagram {
  readonly title: string;
  readonly methods: readonly string[];
  readonly averageRanks: readonly number[];
  /** Methods, by index, that are not told apart; each is drawn as a bar. */
  readonly groups: readonly (readonly number[])[];
  /** Drawn as a ruler; null for groups that do not come from it. */
  readonly criticalDifference: number | null;
  readonly note: string;
}

const rowHeight = 19;
const barStep = 8;

/** The best rank is on the left. */
export function criticalDifferenceDiagram(diagram: CriticalDifferenceDiagram): Markup {
  const { title, methods, averageRanks, criticalDifference, note } = diagram;
  const labels = methods.map((method) => shorten(method, 38));
  const order = methods.map((_, i) => i).sort((i, j) => averageRanks[i] - averageRanks[j] || i - j);
  const half = Math.ceil(order.length / 2);
  const axisWidth = Math.min(460, Math.max(240, 56 * methods.length));
  const side = Math.max(...labels.map((label) => textWidth(label))) + 48;
  const width = axisWidth + 2 * side;
  const k = Math.max(2, methods.length);
  const x = (rank: number) => side + 14 + ((rank - 1) / (k - 1)) * (axisWidth - 28);
  const axisY = criticalDifference === null ? 30 : 62;
  const bars = diagram.groups.filter((group) => group.length > 1);
  const first = axisY + 16 + barStep * bars.length + 10;
  const height = first + rowHeight * half + 2;
  const step = Math.ceil(k / 12);
  const ranks = Array.from({ length: k }, (_, i) => i + 1).filter((rank) => (rank - 1) % step === 0);
  const method = (i: number, position: number) => {
    const left = position < half;
    // The outermost methods have the uppermost labels, so that no two lines cross.
    const y = first + rowHeight * (left ? position : order.length - 1 - position);
    const [from, edge] = [place(x(averageRanks[i])), left ? side : width - side];
    return markup`<path class="leader" d="M${from} ${axisY}V${y}H${edge}"/><text x="${left ? edge - 6 : edge + 6}" y="${y + 4}" text-anchor="${left ? 'end' : 'start'}">${labels[i]}<tspan class="tick" dx="6">${short(averageRanks[i])}</tspan></text>`;
  };
  const marks = join([
    criticalDifference !== null && ruler(criticalDifference),
    markup`<line class="axis strong" x1="${x(1)}" x2="${x(k)}" y1="${axisY}" y2="${axisY}"/>`,
    ranks.map(
      (rank) =>
        markup`<line class="axis strong" x1="${place(x(rank))}" x2="${place(x(rank))}" y1="${axisY - 6}" y2="${axisY}"/><text class="tick" x="${place(x(rank))}" y="${axisY - 11}" text-anchor="middle">${rank}</text>`,
    ),
    order.map(method),
    bars.map((group, i) => {
      const of = group.map((index) => averageRanks[index]);
      const y = axisY + 12 + barStep * i;
      return markup`<line class="bar" x1="${place(x(Math.min(...of)) - 4)}" x2="${place(x(Math.max(...of)) + 4)}" y1="${y}" y2="${y}"/>`;
    }),
  ]);
  const description =
    `Average ranks, best first: ${order.map((i) => `${methods[i]} ${short(averageRanks[i])}`).join(', ')}. ` +
    (bars.length === 0
      ? 'All methods are told apart.'
      : `Not told apart: ${bars.map((group) => group.map((i) => methods[i]).join(', ')).join('; ')}.`);
  return figure(title, picture({ width, height, title, description }, marks), note, 'wide');

  function ruler(difference: number): Markup {
    const end = Math.min(x(1 + difference), width - 4);
    const text = `critical difference ${short(difference)}`;
    return markup`<path class="ruler" d="M${place(x(1))} 18v8m0 -4H${place(end)}m0 -4v8"/><text class="tick" x="${place(x(1))}" y="12">${text}</text>`;
  }
}
