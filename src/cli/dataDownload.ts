// `masq data download`: a data set of the UCR/UEA archive, ready to train on.
import { downloadDataSet, type DataSet } from '../data/index.js';
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import type { CommandContext, DataDownloadArguments } from './context.js';
import { formatBytes } from '../shared/formatBytes.js';
import { startProgress, type Progress } from './output.js';

export async function run(
  { name, out, url, force }: DataDownloadArguments,
  context: CommandContext,
): Promise<void> {
  const { signal } = context;
  const show = showDownload(name, context);
  try {
    const found = await downloadDataSet(name, { folder: out, url, force, signal, ...show });
    show.stop();
    context.out(summary(found));
    const { file, problems } = [found.train, found.test].find((part) => part.problems.length > 0) ?? {};
    if (file === undefined || problems === undefined) return;
    throw new UserError(
      `${problems[0].message} "masq data describe ${found.folder}" lists what is wrong with the data` +
        (found.existed ? '; --force downloads them again.' : '; they are as the archive has them.'),
      { file, line: problems[0].line === 0 ? undefined : problems[0].line },
    );
  } finally {
    show.stop();
    if (signal.aborted)
      context.info('What has arrived is kept: the same command goes on from there, where the server can.');
  }
}

function summary({ folder, train, test, existed }: DataSet): string {
  const channels = counted(train.channels, 'channel');
  const classes = counted(Object.keys(train.classes).length, 'class', 'classes');
  const [min, max] = [
    Math.min(train.lengths.min, test.lengths.min),
    Math.max(train.lengths.max, test.lengths.max),
  ];
  return (
    `${folder}${existed ? ' was there already' : ''}: ${counted(train.recordings, 'recording')} to train on, ` +
    `${test.recordings.toLocaleString('en')} to test on; ${channels}, ${classes}, ` +
    `${min === max ? '' : `${min} to `}${counted(max, 'step')}.`
  );
}

/** A bar that begins where an earlier command stopped, and anew where the server has another file. */
function showDownload(
  name: string,
  { quiet, info, warn }: CommandContext,
): {
  report: (done: number, total: number | null) => void;
  onRetry: (why: string, seconds: number) => void;
  stop: () => void;
} {
  let bar: Progress | undefined;
  // Of what was shown; a new bar begins below it.
  let last = Infinity;
  const label = `Downloading ${name}`;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    report: (done, total) => {
      if (done < last) {
        stop();
        if (done > 0) info(`Going on after ${formatBytes(done)} that are there.`);
        if (total === null) info(label);
        else bar = startProgress({ label, total, initial: done, format: formatBytes, quiet });
      }
      last = done;
      bar?.update(done);
    },
    onRetry: (why, seconds) => {
      stop();
      last = Infinity;
      warn(`${why}; trying again in ${counted(Math.ceil(seconds), 'second')}.`);
    },
    stop,
  };
}
