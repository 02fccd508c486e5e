// Which server and experiment a run is told to, and how masq shows there who it is.
import { UserError } from '../../shared/errors.js';

type Variables = Readonly<Record<string, string | undefined>>;

export interface Target {
  /** Address of the server, without a slash at the end. */
  readonly uri: string;
  readonly experiment: string;
}

/** What a config may say of MLflow. */
export interface MlflowOptions {
  readonly uri?: string | undefined;
  readonly experiment?: string | undefined;
}

/**
 * Where a run is told to: what the config says, else what the environment says, else where its study is told to. The run of a
 * trial is in the experiment of its study, whatever else is said.
 *
 * @param name of the run, for an experiment that nothing names
 * @throws UserError when no server is named, or not by an address
 */
export function targetOf(
  { uri, experiment }: MlflowOptions,
  study: Target | null,
  name: string,
  variables: Variables = process.env,
): Target {
  const [server, experimentName] = [variables.MLFLOW_TRACKING_URI, variables.MLFLOW_EXPERIMENT_NAME].map(
    // A variable that is set to nothing says nothing.
    (text) => (text === '' ? undefined : text),
  );
  return {
    uri: serverAddress(uri ?? server ?? study?.uri),
    experiment: study?.experiment ?? experiment ?? experimentName ?? name,
  };
}

/**
 * Checks the address of a server.
 *
 * @throws UserError that says what to set
 */
export function serverAddress(uri: string | undefined): string {
  if (uri === undefined) {
    throw new UserError(
      'track names mlflow, but no server is named. Set the environment variable MLFLOW_TRACKING_URI, or write the address ' +
        'into the config, e.g. track: [{ name: mlflow, uri: "http://127.0.0.1:5000" }].',
    );
  }
  if (!URL.canParse(uri) || !/^https?:/.test(uri)) {
    throw new UserError(
      `MLflow's address is "${uri}"; expected that of a server, e.g. http://127.0.0.1:5000 (masq writes to no files or ` +
        'databases of MLflow; "mlflow server" serves them).',
    );
  }
  const { origin, pathname, username, password } = new URL(uri);
  if (username !== '' || password !== '') {
    throw new UserError(
      "MLflow's address holds a user name or password, which would be kept with the run. Set the environment variables " +
        'MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead.',
    );
  }
  return origin + pathname.replace(/\/+$/, '');
}

/** The header that shows who masq is: user and password, else a token, as MLflow's own client has it; null for neither. */
export function authorization({
  MLFLOW_TRACKING_USERNAME: user,
  MLFLOW_TRACKING_PASSWORD: password,
  MLFLOW_TRACKING_TOKEN: token,
}: Variables): string | null {
  if (user && password) return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return token ? `Bearer ${token}` : null;
}
