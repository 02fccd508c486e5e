// A typed front of tf.customGrad: an operation with its closed-form gradient.
import tf from '#tfjs';

/** What the forward pass gives: the result, and the tensors that the backward pass needs. */
export interface Forward<Output extends tf.Tensor, Saved extends tf.Tensor[]> {
  value: Output;
  save: [...Saved];
}

/**
 * Runs `forward(...inputs)`; its gradient is what `backward` returns, one tensor for each input and of its shape.
 * Tensors that `backward` reads must pass through `save` (or be its `dy`): others may be disposed by then.
 */
export function withGradient<Inputs extends tf.Tensor[], Output extends tf.Tensor, Saved extends tf.Tensor[]>(
  inputs: [...Inputs],
  forward: (...inputs: Inputs) => Forward<Output, Saved>,
  backward: (dy: Output, ...saved: Saved) => { [K in keyof Inputs]: tf.Tensor },
): Output {
  const operation = tf.customGrad<Output>((...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const result = forward(...(args.slice(0, -1) as Inputs));
    save(result.save);
    return { value: result.value, gradFunc: (dy, saved) => [...backward(dy, ...(saved as Saved))] };
  });
  return operation(...inputs);
}
