// Modules that a config names: JavaScript of the user's own that registers attention before the config is checked.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, UserError } from '../shared/errors.js';

/**
 * Imports the modules that the key `modules` of an unchecked config names; one that is imported already is not run again.
 *
 * @param config the plain value of the config; a wrong value of the key is left to the check of the whole
 * @throws UserError when a module does not exist or fails
 */
export async function importModules(config: unknown): Promise<void> {
  for (const path of modulesOf(config)) {
    const file = resolve(path);
    if (!existsSync(file)) {
      throw new UserError(
        `modules: there is no file ${path}; expected a JavaScript module, relative to the working directory.`,
      );
    }
    try {
      await import(pathToFileURL(file).href);
    } catch (error) {
      const reason = messageOf(error).replace(/\.$/, '');
      throw new UserError(`modules: ${path} cannot be imported: ${reason}.`, {}, { cause: error });
    }
  }
}

function modulesOf(config: unknown): string[] {
  if (typeof config !== 'object' || config === null || !('modules' in config)) return [];
  const { modules } = config;
  return Array.isArray(modules) ? modules.filter((path) => typeof path === 'string') : [];
}
