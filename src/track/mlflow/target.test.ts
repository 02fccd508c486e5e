// Where runs are told to, and as whom.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../shared/errors.js';
import { authorization, targetOf } from './target.js';

describe('the server and the experiment', () => {
  const study = { uri: 'http://study', experiment: 'ablation' };
  const variables = { MLFLOW_TRACKING_URI: 'http://environment:5000/', MLFLOW_EXPERIMENT_NAME: 'theirs' };

  it.each([
    [{}, null, variables, { uri: 'http://environment:5000', experiment: 'theirs' }],
    [
      { uri: 'https://config/mlflow/', experiment: 'own' },
      null,
      variables,
      { uri: 'https://config/mlflow', experiment: 'own' },
    ],
    [{ uri: 'http://config' }, null, {}, { uri: 'http://config', experiment: 'waves' }],
    [{}, study, {}, study],
    [{ experiment: 'own' }, study, variables, { uri: 'http://environment:5000', experiment: 'ablation' }],
  ])('of %j, with the study %j and the environment %j, are %j', (options, ofStudy, environment, target) => {
    expect(targetOf(options, ofStudy, 'waves', environment)).toEqual(target);
  });

  it.each([
    [undefined, 'Set the environment variable MLFLOW_TRACKING_URI, or write'],
    ['', 'Set the environment variable MLFLOW_TRACKING_URI, or write'],
    ['sqlite:///mlflow.db', 'is "sqlite:///mlflow.db"; expected that of a server'],
    ['mlruns', 'is "mlruns"; expected that of a server'],
    ['https://anna:secret@host', 'Set the environment variables MLFLOW_TRACKING_USERNAME and'],
  ])('are refused for the address %j', (uri, message) => {
    const attempt = (): unknown => targetOf({}, null, 'waves', { MLFLOW_TRACKING_URI: uri });
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });
});

it("shows user and password, else the token, as MLflow's own client does", () => {
  const [user, token] = [
    { MLFLOW_TRACKING_USERNAME: 'anna', MLFLOW_TRACKING_PASSWORD: 'secret' },
    { MLFLOW_TRACKING_TOKEN: 't0ken' },
  ];
  expect(authorization({ ...user, ...token })).toBe('Basic YW5uYTpzZWNyZXQ=');
  expect(authorization(token)).toBe('Bearer t0ken');
  expect(authorization({})).toBeNull();
});
