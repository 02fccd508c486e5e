// The long short-term memory over a whole sequence as one operation of TensorFlow, and its gradient as another. All
// sequences are `[time, batch, …]`; the gates of weights and bias stand in the order input, forget, candidate, output.
import { calculateAll, type Handle, type Operations } from './handles.js';
import { attribute, register, type KernelCall } from './register.js';

/**
 * Registers `MasqLstm` and `MasqLstmGrad`, which compute the first `steps` steps (int32, a scalar) and give 0 beyond.
 *
 * `MasqLstm` takes `x, weights, bias, steps`, weights `[channels + units, 4 · units]`, and gives input gates, cells, forget
 * gates, output gates, candidates, `tanh(cells)` and states. `MasqLstmGrad` takes `dy`, the gradient of the states, all
 * of these and what they were computed from, and gives the gradients of x, weights and bias.
 */
export function registerLstm(): void {
  register('MasqLstm', ({ inputs, ...call }) =>
    calculateAll(call.backend, (run) => {
      const settings = [...options(call), attribute.float(call.backend, 'cell_clip', 0)];
      return run.executeAll('BlockLSTMV2', settings, operands(run, { inputs, ...call }), 7);
    }),
  );
  register('MasqLstmGrad', ({ inputs, ...call }) =>
    calculateAll(call.backend, (run) => {
      const { inputGate, cells, forgetGate, outputGate, candidates, squashed, states, dy } = inputs;
      const computed = [inputGate, cells, forgetGate, outputGate, candidates, squashed, states];
      const float = [attribute.type(call.backend, 'T', 'float32')];
      const ofStates = run.valueOf(dy);
      const ofCells = run.execute('ZerosLike', float, [ofStates]);
      const [dx, , , dWeights, , , , dBias] = run.executeAll(
        'BlockLSTMGradV2',
        options(call),
        [
          ...operands(run, { inputs, ...call }),
          ...computed.map((tensor) => run.valueOf(tensor)),
          ofCells,
          ofStates,
        ],
        8,
      );
      return [dx, dWeights, dBias];
    }),
  );
}

function options({ backend }: Pick<KernelCall, 'backend'>) {
  return [attribute.type(backend, 'T', 'float32'), attribute.bool(backend, 'use_peephole', false)];
}

/** What both operations begin with: number of steps, x, cells and states before the first step, weights, peepholes, bias. */
function operands(
  run: Operations,
  { inputs: { x, weights, bias, steps }, backend }: Pick<KernelCall, 'inputs' | 'backend'>,
): Handle[] {
  const zeros = (shape: readonly number[]): Handle =>
    run.execute(
      'Fill',
      [attribute.type(backend, 'T', 'float32'), attribute.type(backend, 'index_type', 'int32')],
      [run.vector(shape), run.cast(run.reshape(run.vector([0]), []), 'float32')],
    );
  const units = bias.shape[0] / 4;
  const before = zeros([x.shape[1], units]);
  const peephole = zeros([units]);
  return [
    run.cast(run.valueOf(steps), 'int64'),
    run.valueOf(x),
    before,
    before,
    run.valueOf(weights),
    peephole,
    peephole,
    peephole,
    run.valueOf(bias),
  ];
}
