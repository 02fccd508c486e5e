// What tfjs and its backend do differently while a function is recorded.
import tf from '#tfjs';
import type { Binding, HostValues, NodeBackend } from './backend.js';
import { CaptureError } from './captureError.js';

/** What has to be different. */
export interface Hooks {
  readonly binding: Binding;
  /** Told of every tensor that is made, and of every variable that gets another one. */
  readonly made: (tensor: tf.Tensor) => void;
  /** Called in place of making a variable. */
  readonly makeVariable: (name: string | undefined) => never;
}

/** Runs `run` with the hooks in place. */
export function whileRecording<Result>(
  backend: NodeBackend,
  { binding, made, makeVariable }: Hooks,
  run: () => Result,
): Result {
  const engine = tf.engine();
  const trackTensor = engine.trackTensor.bind(engine);
  const restore = [
    replace<NodeBackend>(backend, { binding, read: (dataId) => readLater(backend, dataId) }),
    replace<ReturnType<typeof tf.engine>>(engine, {
      trackTensor: (tensor, owner) => {
        trackTensor(tensor, owner);
        made(tensor);
      },
      makeVariable: (_, __, name) => makeVariable(name),
    }),
  ];
  try {
    return run();
  } finally {
    for (const putBack of restore) putBack();
  }
}

/**
 * The values of a tensor, or a promise that nobody keeps where there are none: the refusal is thrown when the function
 * has returned, and would be an unhandled rejection besides.
 */
async function readLater(backend: NodeBackend, dataId: object): Promise<HostValues> {
  try {
    return backend.readSync(dataId);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return await new Promise<never>(() => undefined);
  }
}

/** Sets properties of an object and gives what sets them back. */
function replace<Target extends object>(target: Target, properties: Partial<Target>): () => void {
  const before = Object.keys(properties).map(
    (name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const,
  );
  Object.assign(target, properties);
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, descriptor);
    }
  };
}
