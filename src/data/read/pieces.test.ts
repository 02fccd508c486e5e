import { expect, it } from 'vitest';
import { type Piece, together } from './pieces.js';

it('pieces without steps take no times from the others', () => {
  const empty: Piece = { values: new Float32Array(0), times: null, labels: [{ label: 'a', steps: 0 }] };
  const filled: Piece = {
    ...{ values: Float32Array.of(1, 2), times: Float64Array.of(0.5), labels: [{ label: 'b', steps: 1 }] },
  };
  expect(together([empty, filled, empty])).toEqual(filled);
  expect(together([filled, empty, filled]).times).toEqual(Float64Array.of(0.5, 0.5));
  expect(together([empty])).toEqual(empty);
});
