import { afterEach, expect, test, vi } from 'vitest';
import { environmentForOthers, setForEngine } from './processEnvironment.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('other processes get the environment as it was before the engine set its variables, and what was set otherwise since', () => {
  vi.stubEnv('CUDA_VISIBLE_DEVICES', '2,3');
  vi.stubEnv('TF_DETERMINISTIC_OPS', undefined);
  setForEngine({ CUDA_VISIBLE_DEVICES: '3', TF_DETERMINISTIC_OPS: '1' });
  setForEngine({ CUDA_VISIBLE_DEVICES: '-1' });
  vi.stubEnv('MASQ_CACHE', '/elsewhere');
  expect(process.env).toMatchObject({ CUDA_VISIBLE_DEVICES: '-1', TF_DETERMINISTIC_OPS: '1' });
  const environment = environmentForOthers();
  expect(environment).toMatchObject({ CUDA_VISIBLE_DEVICES: '2,3', MASQ_CACHE: '/elsewhere' });
  expect(environment).not.toHaveProperty('TF_DETERMINISTIC_OPS');
});
