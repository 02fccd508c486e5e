// The environment variables of this process that the engine sets, and what they were before: they are meant for this process alone.

const before = new Map<string, string | undefined>();

/** Sets variables for the engine of this process. */
export function setForEngine(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!before.has(name)) before.set(name, process.env[name]);
    process.env[name] = value;
  }
}

/** The environment without what the engine has set, for processes that load an engine of their own. */
export function environmentForOthers(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(environment, name);
    else environment[name] = value;
  }
  return environment;
}
