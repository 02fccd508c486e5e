// masq mlflow sync: sends to MLflow what runs and studies have left unsent.
import { messageOf, UserError } from '../shared/errors.js';
import { deliver, findTracked } from '../track/index.js';
import type { CommandContext, MlflowArguments } from './context.js';

export async function run({ folders, uri }: MlflowArguments, context: CommandContext): Promise<void> {
  const failures: string[] = [];
  for (const path of await findTracked(folders)) {
    try {
      const onRefused = (what: string): void => {
        context.warn(`${path}: MLflow does not take ${what}.`);
      };
      context.out(`${path}: ${said[await deliver(path, { uri, onRefused })]}`);
    } catch (error) {
      if (error instanceof UserError) throw error;
      failures.push(path);
      context.warn(`${path}: not sent: ${messageOf(error)}.`);
    }
  }
  if (failures.length > 0) {
    throw new Error(`${failures.length === 1 ? '1 run is' : `${failures.length} runs are`} not sent.`);
  }
}

const said = {
  sent: 'sent',
  'nothing left': 'was sent already',
  waits: 'sent; its study is not, so send that too',
} as const;
