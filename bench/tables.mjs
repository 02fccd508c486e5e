// The tables of a results file: times, prediction, models, growth with size, memory over many steps, and the targets.
import { figure, whole } from './format.mjs';
import { judge } from './targets.mjs';

/** Who contenders of each precision are compared with. */
const references = { float32: 'masq', bfloat16: 'masq-bf16' };

function precisionOf(name) {
  return name.includes('bf16') ? 'bfloat16' : 'float32';
}

/** Median and spread of every contender of a cell, and what it costs to start. */
export function timesTable({ network, workload, entrants, plans }) {
  const measured = entrants.filter(({ milliseconds }) => milliseconds !== undefined);
  const referenceOf = (name) => measured.find((entrant) => entrant.name === references[precisionOf(name)]);
  const epoch = workload === 'epoch';
  const watched = measured.some(({ busyShare }) => typeof busyShare === 'number');
  const rows = measured.map((entrant) => {
    const { median, minimum, lowerQuartile, upperQuartile } = entrant.milliseconds;
    return [
      label(entrant),
      figure(median),
      figure(minimum),
      `${figure(lowerQuartile)}–${figure(upperQuartile)}`,
      figure(ratio(referenceOf(entrant.name)?.milliseconds.median, median)),
      figure(entrant.firstStepSeconds),
      figure(entrant.memory.peakBytes === null ? null : entrant.memory.peakBytes / 2 ** 20),
      ...(watched ? [figure(entrant.busyShare === null ? null : 100 * entrant.busyShare)] : []),
    ];
  });
  const parameters = measured.length === 0 ? '' : `, ${whole(measured[0].parameters)} parameters`;
  return {
    title: `${network}, ${workload}${parameters}: milliseconds ${epoch ? 'an epoch' : 'a step'}`,
    header: [
      ...['contender', 'median', 'minimum', 'quartiles', 'masq/it', 'start, s', 'peak, MiB'],
      ...(watched ? ['card busy, %'] : []),
    ],
    rows,
    notes: [
      ...absences(entrants),
      ...measured.flatMap(describeModes),
      ...(epoch ? Object.entries(plans).map(describePlan) : []),
    ],
  };
}

function ratio(a, b) {
  return a === undefined ? undefined : a / b;
}

/** Every mode of a contender that has several, with its median. */
function describeModes(entrant) {
  const { modes, name, kind } = entrant;
  if (modes.length < 2) return [];
  const each = modes.map(({ mode, median, continued }) => `${mode} ${figure(median)}${continued ? '' : '*'}`);
  return [`${label({ name, kind })}: ${each.join(', ')}`];
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

/**
 * Recordings a second in prediction, with half the distance of their quartiles: one table a network, workloads side by
 * side.
 */
export function predictTables(cells) {
  return [...new Set(cells.map(({ network }) => network))]
    .map((network) => {
      const own = cells.filter((cell) => cell.network === network);
      const columns = own.flatMap(({ workload, entrants }) =>
        workload === 'epoch'
          ? ['longest', 'buckets'].map((kind) => ({ title: kind, entrants, kinds: [kind] }))
          : [{ title: workload, entrants, kinds: ['full', 'ragged'] }],
      );
      const names = [...new Set(own.flatMap(({ entrants }) => entrants.map(({ name }) => name)))];
      const rates = (name) => columns.map(({ entrants, kinds }) => rateOf(entrants, name, kinds));
      return {
        title: `${network}: recordings a second in prediction`,
        header: ['contender', ...columns.map(({ title }) => title)],
        rows: names
          .filter((name) => rates(name).some((rate) => rate !== undefined))
          .map((name) => [name, ...rates(name).map(showRate)]),
        notes: ['torch-bf16 and keras-bf16 predict in bfloat16, all others, masq always, in float32.'],
      };
    })
    .filter(({ rows }) => rows.length > 0);
}

function rateOf(entrants, name, kinds) {
  return entrants.find((each) => each.name === name && kinds.includes(each.kind))?.predict
    ?.recordingsPerSecond;
}

function showRate(rate) {
  if (rate === undefined) return '–';
  const spread = (50 * (rate.upperQuartile - rate.lowerQuartile)) / rate.median;
  return `${whole(rate.median)} ±${Math.round(spread)}%`;
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

/** Every model of masq by itself: what it costs to train in each precision, to predict with and to start. */
export function zooTable(cells) {
  const rows = cells.map(({ model, entrants }) => {
    const [float32, bfloat16] = Object.values(references).map((name) =>
      entrants.find((entrant) => entrant.name === name && entrant.milliseconds !== undefined),
    );
    return [
      model,
      whole(float32?.parameters ?? bfloat16?.parameters ?? 0),
      figure(float32?.milliseconds.median),
      figure(bfloat16?.milliseconds.median),
      figure(float32?.captureSeconds),
      figure(float32?.predict?.recordingsPerSecond.median),
    ];
  });
  return {
    title: `Models of masq as published, ${cells[0].workload}: milliseconds a captured step`,
    header: ['model', 'parameters', 'float32', 'bfloat16', 'capture, s', 'predictions a second'],
    rows,
    notes: cells.flatMap(({ entrants }) => absences(entrants)),
  };
}

/** A table that only says why there is none. */
export function absenceTable(title, name, reason) {
  return { title: `${title}: ${name} not measured`, header: [''], rows: [], notes: [reason] };
}

export function soakTable({ name, shapes, start, end, growth }) {
  const row = (title, { step, residentBytes, tensors }) => [
    title,
    whole(step),
    figure(residentBytes / 2 ** 20),
    whole(tensors),
  ];
  return {
    title:
      `Memory over ${whole(end.step)} steps of ${shapes} shapes, ${name}, small network: ` +
      `${figure(100 * growth)} % growth`,
    header: ['after a garbage collection', 'step', 'resident, MiB', 'tensors'],
    rows: [row('start', start), row('end', end)],
  };
}

export function sweepTable({ base, trials, epochs, workers, seconds, speedup, ...trial }) {
  const row = (count, times) => [whole(count), times.map(figure).join(' / ')];
  return {
    title:
      `Studies, ${base}, ${trials} trials of ${epochs} epochs, one thread each: ${workers} workers are ` +
      `${figure(speedup)} times as fast`,
    notes: [
      `A trial takes ${figure(trial.trainSeconds)} s for its epochs and ${figure(trial.overheadSeconds)} s beyond them, of which ` +
        `${figure(trial.captureSeconds)} s are for recording its steps.`,
    ],
    header: ['workers', 'seconds, each study'],
    rows: [row(1, seconds.one), row(workers, seconds.many)],
  };
}

/** Time and memory of reading, by file and reader. */
export function readingTable(reading, noPython) {
  const rows = reading.flatMap(({ kind, bytes, entrants }) =>
    entrants.map(({ name, milliseconds, peakBytes }) => [
      `${whole(Math.round(bytes / 1e6))} MB of ${kind}`,
      name,
      figure(milliseconds.median),
      figure(milliseconds.minimum),
      figure(ratio(entrants[0].milliseconds.median, milliseconds.median)),
      figure(peakBytes / 2 ** 20),
    ]),
  );
  return {
    title: 'Reading files, each time in a new process: milliseconds without its start',
    header: ['file', 'reader', 'median', 'minimum', 'masq/it', 'peak, MiB'],
    rows,
    notes: noPython === undefined ? [] : [`aeon and pandas not measured: ${shorten(noPython)}`],
  };
}

/** Every target, with the worst case of what was measured of it. */
export function targetsTable(results) {
  const judged = judge(results);
  const missing = [...new Set(judged.flatMap((each) => each.missing))];
  return {
    title: 'Targets: ratio of medians, the worst network and workload of each',
    header: ['target', 'need', 'at most', 'worst', 'where', ''],
    rows: judged.map(({ title, need, atMost, worst, where, met }) => [
      title,
      need,
      figure(atMost),
      figure(worst),
      where,
      met === null ? 'not judged' : met ? 'met' : 'MISSED',
    ]),
    notes:
      missing.length === 0
        ? []
        : ['Not judged, as these are missing:', ...missing.map((each) => `- ${each}`)],
  };
}

/** All tables of a results file in order, the targets first. */
export function allTables(results) {
  const { cells, zoo = [], scaling, soak, sweep = null, reading = null } = results;
  return [
    targetsTable(results),
    ...cells.map(timesTable),
    ...predictTables(cells),
    ...(zoo.length > 0 ? [zooTable(zoo)] : []),
    ...scaling.map(scalingTable),
    ...(soak === null ? [] : [soakTable(soak)]),
    ...(sweep === null ? [] : [sweepTable(sweep)]),
    ...(reading === null ? [] : [readingTable(reading)]),
  ];
}
