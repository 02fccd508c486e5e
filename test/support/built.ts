// Modules of the build, for tests of threads, for which the sources have no programs.

/** A module of dist/ by its path there. Its type is that of its source, so that types can be checked before anything is built. */
export async function built<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as Module;
}
