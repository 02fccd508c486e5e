import { describe, expect, it } from 'vitest';
import { alignRecordings, checkTrainable } from './align.js';
import { type ArrayOptions, recordingsFromArrays } from './recordings.js';

const TRAINED = { channels: 2, channelNames: ['x', 'y'], classes: ['b', 'a'] };

function two(options: ArrayOptions) {
  return {
    ...recordingsFromArrays([[[1, 2]], [[3, 4]]], options),
    files: ['test.csv'],
    lines: Int32Array.of(2, 3),
  };
}

describe('recordings for a trained model', () => {
  it('get the class indices of training; unknown labels stay unknown', () => {
    const aligned = alignRecordings(two({ labels: ['a', null], channelNames: ['x', 'y'] }), TRAINED, 'test');
    expect(aligned.classes).toEqual(['b', 'a']);
    expect(Array.from(aligned.labels)).toEqual([1, -1]);
  });

  it('may hold fewer classes, and declare others that none of them has', () => {
    const labels = ['b', 'b'];
    const aligned = alignRecordings(two({ labels, classes: ['c', 'b'] }), TRAINED, 'test');
    expect(Array.from(aligned.labels)).toEqual([0, 0]);
  });

  it('are refused with a class that training does not know', () => {
    expect(() => alignRecordings(two({ labels: ['a', 'c'] }), TRAINED, 'test')).toThrow(
      'test.csv:3: the test data hold the class "c", which the training data do not; known classes: b, a.',
    );
  });

  it('are refused with a class that is a number in another way, which no other number is taken for', () => {
    const numbers = { ...TRAINED, classes: ['0', '1'] };
    const error = (labels: string[]) => () => alignRecordings(two({ labels }), numbers, 'test');
    expect(error(['0', '1.0'])).toThrow(
      'known classes: 0, 1. "1.0" and "1" are the same number. Write them alike (pandas writes whole numbers as 1.0 where some are missing).',
    );
    expect(error(['0', '7'])).toThrow(/known classes: 0, 1\.$/);
  });

  it('are refused with other channels, or the same in another order', () => {
    expect(() => alignRecordings(recordingsFromArrays([[[1]]]), TRAINED, 'test')).toThrow(
      'the test data have 1 channel, the model was trained on 2 (x, y).',
    );
    const more = recordingsFromArrays([[[1, 2, 3]]], { channelNames: ['t_ms', 'x', 'z'] });
    expect(() => alignRecordings(more, TRAINED, 'test')).toThrow(
      'have 3 channels, the model was trained on 2 (x, y). Not known to the model: t_ms, z. Missing: y.',
    );
    expect(() => alignRecordings(two({ channelNames: ['y', 'x'] }), TRAINED, 'test')).toThrow(
      'their channels in another order than the training data: y, x instead of x, y. ' +
        'Name them in one order for both with data.columns.channels.',
    );
    expect(() => alignRecordings(two({ channelNames: ['y', 'x'] }), TRAINED, 'prediction')).toThrow(
      'y, x instead of x, y. Put the columns of the file in that order.',
    );
    expect(() => alignRecordings(two({ channelNames: ['x', 'z'] }), TRAINED, 'test')).toThrow(
      'x, z instead of x, y. If they are the same under other names, rename them.',
    );
  });
});

describe('a training set', () => {
  it('needs two classes, each with a recording', () => {
    expect(() => {
      checkTrainable(two({ labels: ['a', 'b'] }));
    }).not.toThrow();
    expect(() => {
      checkTrainable(two({ labels: ['a', 'a'] }));
    }).toThrow('one class ("a"), expected at least two');
    expect(() => {
      checkTrainable(two({ labels: ['a', 'b'], classes: ['a', 'b', 'c', 'd'] }));
    }).toThrow('test.csv: the header declares classes that no training recording has: c, d.');
  });
});
