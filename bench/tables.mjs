// The tables of a results file: times, prediction, growth with size, memory over many steps, and the targets.
import { figure, whole } from './format.mjs';
import { judge } from './targets.mjs';

/** Who the others are compared with, the first that was measured. */
const references = ['masq', 'masq-eager'];

/** Median and spread of every contender of a cell, and what it costs to start. */
export function timesTable({ network, workload, entrants, plans }) {
  const measured = entrants.filter(({ milliseconds }) => milliseconds !== undefined);
  const reference = references
    .map((name) => measured.find((entrant) => entrant.name === name))
    .find((entrant) => entrant !== undefined);
  const epoch = workload === 'epoch';
  const rows = measured.map((entrant) => {
    const { median, minimum, lowerQuartile, upperQuartile } = entrant.milliseconds;
    return [
      label(entrant),
      figure(median),
      figure(minimum),
      `${figure(lowerQuartile)}–${figure(upperQuartile)}`,
      reference === undefined ? '–' : figure(reference.milliseconds.median / median),
      figure(entrant.firstStepSeconds),
      figure(entrant.memory.peakBytes === null ? null : entrant.memory.peakBytes / 2 ** 20),
    ];
  });
  const parameters = measured.length === 0 ? '' : `, ${whole(measured[0].parameters)} parameters`;
  return {
    title: `${network}, ${workload}${parameters}: milliseconds ${epoch ? 'an epoch' : 'a step'}`,
    header: [
      'contender',
      'median',
      'minimum',
      'quartiles',
      `${reference?.name ?? 'masq'}/it`,
      'start, s',
      'peak, MiB',
    ],
    rows,
    notes: [...absences(entrants), ...(epoch ? Object.entries(plans).map(describePlan) : [])],
  };
}

/** Name, plan where there are several, and mode where it has several. */
function label({ name, kind, mode, modes }) {
  const plan = kind === 'longest' || kind === 'buckets' ? ` ${kind}` : '';
  return modes !== undefined && modes.length > 1 ? `${name}${plan} (${mode})` : `${name}${plan}`;
}

function absences(entrants) {
  return entrants.flatMap((entrant) => {
    if (entrant.skipped !== undefined) return [`${label(entrant)} not measured: ${shorten(entrant.skipped)}`];
    if (entrant.failed !== undefined) return [`${label(entrant)} failed: ${shorten(entrant.failed)}`];
    return [];
  });
}

/** The first line of a message, no longer than a line of the terminal leaves for it. */
function shorten(message) {
  const [line] = message.split('\n');
  return line.length > 65 ? `${line.slice(0, 64)}…` : line;
}

function describePlan([kind, { batches, shapes, recordings, validShare }]) {
  return (
    `${kind}: ${recordings} recordings in ${batches} batches of ${shapes} ${shapes === 1 ? 'shape' : 'shapes'}, ` +
    `${figure(100 * (1 - validShare))} % padding`
  );
}

/** Recordings a second in prediction: one table a network, workloads side by side. */
export function predictTables(cells) {
  const fixed = cells.filter(({ workload }) => workload !== 'epoch');
  return [...new Set(fixed.map(({ network }) => network))]
    .map((network) => {
      const own = fixed.filter((cell) => cell.network === network);
      const names = [...new Set(own.flatMap(({ entrants }) => entrants.map(({ name }) => name)))];
      const rates = (name) =>
        own.map(({ entrants }) => entrants.find((each) => each.name === name)?.predict?.recordingsPerSecond);
      return {
        title: `${network}: recordings a second in prediction`,
        header: ['contender', ...own.map(({ workload }) => workload)],
        rows: names
          .filter((name) => rates(name).some((rate) => rate !== undefined))
          .map((name) => [name, ...rates(name).map((rate) => (rate === undefined ? '–' : whole(rate)))]),
      };
    })
    .filter(({ rows }) => rows.length > 0);
}

/** Steps and recordings a second by batch size (rows) and length (columns). */
export function scalingTable({ name, network, points }) {
  const batches = [...new Set(points.map(({ batch }) => batch))];
  const times = [...new Set(points.map(({ time }) => time))];
  const cell = (batch, time) => points.find((point) => point.batch === batch && point.time === time);
  const rate = ({ milliseconds }) => figure(1000 / milliseconds.median);
  return {
    title: `${network}, ${name}: steps a second by batch size and length`,
    header: ['batch', ...times.map((time) => `${time} steps`)],
    rows: batches.map((batch) => [`${batch}`, ...times.map((time) => rate(cell(batch, time)))]),
  };
}

/** A table that only says why there is none. */
export function absenceTable(title, name, reason) {
  return { title: `${title}: ${name} not measured`, header: [''], rows: [], notes: [reason] };
}

export function soakTable({ name, start, end, growth }) {
  const row = (title, { step, residentBytes, tensors }) => [
    title,
    whole(step),
    figure(residentBytes / 2 ** 20),
    whole(tensors),
  ];
  return {
    title: `Memory over ${whole(end.step)} steps, ${name}, small network: ${figure(100 * growth)} % growth`,
    header: ['', 'step', 'resident, MiB', 'tensors'],
    rows: [row('start', start), row('end', end)],
  };
}

/** Every target that the results can tell of, the worst case of each. */
export function targetsTable(results) {
  const judged = judge(results);
  return {
    title: 'Targets: ratio of medians, the worst network and workload of each',
    header: ['target', 'need', 'at most', 'worst', 'where', ''],
    rows: judged.map(({ title, need, atMost, worst, where, met }) => [
      title,
      need,
      figure(atMost),
      figure(worst),
      where,
      met ? 'met' : 'MISSED',
    ]),
    notes: judged.length === 0 ? ['What was measured says nothing about them.'] : [],
  };
}

/** All tables of a results file in order, the targets first. */
export function allTables(results) {
  const { cells, scaling, soak } = results;
  return [
    targetsTable(results),
    ...cells.map(timesTable),
    ...predictTables(cells),
    ...scaling.map(scalingTable),
    ...(soak === null ? [] : [soakTable(soak)]),
  ];
}
