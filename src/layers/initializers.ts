// Weight initialisers by name, as an object, or as a saved config, the three forms in which tfjs users meet them.
import tf from '#tfjs';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';

/** tfjs does not export the class. */
export type Initializer = ReturnType<typeof tf.initializers.ones>;

export type InitializerName =
  | 'glorotNormal'
  | 'glorotUniform'
  | 'heNormal'
  | 'heUniform'
  | 'leCunNormal'
  | 'leCunUniform'
  | 'ones'
  | 'zeros';

// The written type keeps paths inside tfjs out of the declarations.
const byName: Readonly<Record<InitializerName, (seed?: number) => Initializer>> = {
  glorotNormal: (seed?: number) => tf.initializers.glorotNormal({ seed }),
  glorotUniform: (seed?: number) => tf.initializers.glorotUniform({ seed }),
  heNormal: (seed?: number) => tf.initializers.heNormal({ seed }),
  heUniform: (seed?: number) => tf.initializers.heUniform({ seed }),
  leCunNormal: (seed?: number) => tf.initializers.leCunNormal({ seed }),
  leCunUniform: (seed?: number) => tf.initializers.leCunUniform({ seed }),
  ones: () => tf.initializers.ones(),
  zeros: () => tf.initializers.zeros(),
};

export const initializerNames = Object.keys(byName) as InitializerName[];

/** An initialiser's name, an initialiser, or what `getConfig` of a layer wrote for one. */
export type InitializerArg = InitializerName | Initializer | tf.serialization.ConfigDict;

/** The initialiser of that name, seeded where it is random. */
export function seededInitializer(name: InitializerName, seed: number): Initializer {
  return byName[name](seed);
}

/** @throws UserError when there is no initialiser of that name */
export function toInitializer(arg: InitializerArg): Initializer {
  if (typeof arg === 'string') return byName[knownName(arg)]();
  if (isInitializer(arg)) return arg;
  return fromSaved(arg);
}

/** The form in which a layer's config holds an initialiser. */
export function initializerConfig(initializer: Initializer): tf.serialization.ConfigDict {
  return { className: initializer.getClassName(), config: initializer.getConfig() };
}

function isInitializer(arg: object): arg is Initializer {
  return 'apply' in arg && typeof arg.apply === 'function';
}

function knownName(name: string): InitializerName {
  const known = initializerNames.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new UserError(
      `There is no initialiser "${name}".${didYouMean(name, initializerNames)} Known: ${initializerNames.join(', ')}.`,
    );
  }
  return known;
}

/** An initialiser from `{ className, config }`. */
function fromSaved({ className, config }: tf.serialization.ConfigDict): Initializer {
  const name = typeof className === 'string' ? className : JSON.stringify(className);
  const classes = new Map(Object.entries(tf.serialization.SerializationMap.getMap().classNameMap));
  const entry = classes.get(name);
  const made: object | undefined = entry?.[1](entry[0], config as tf.serialization.ConfigDict);
  if (made !== undefined && isInitializer(made)) return made;
  throw new UserError(`There is no initialiser of class "${name}".`);
}
