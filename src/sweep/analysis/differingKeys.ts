// The keys in which configs differ.

/**
 * The keys whose values differ between some of the settings. A key that some lack counts as differing only if nothing else
 * tells them apart from the others: options of an attention (`model.attention.gate`) that is named in some runs alone go with
 * its name (`model.attention.name`).
 *
 * @param settings values as text by key path, one for each config
 */
export function differingKeys(settings: readonly ReadonlyMap<string, string>[]): string[] {
  const keys = [...new Set(settings.flatMap((one) => [...one.keys()]))];
  return keys.filter((key) => {
    const present = settings.filter((one) => one.has(key));
    if (new Set(present.map((one) => one.get(key))).size > 1) return true;
    return present.length < settings.length && !followsName(key, settings);
  });
}

/** Whether the `name` of a mapping around the key tells which settings have it. */
function followsName(key: string, settings: readonly ReadonlyMap<string, string>[]): boolean {
  const parts = key.split('.');
  return parts.some((_, depth) => {
    const choice = [...parts.slice(0, depth), 'name'].join('.');
    if (depth === 0 || choice === key) return false;
    const having = new Set(settings.filter((one) => one.has(key)).map((one) => one.get(choice)));
    const lacking = new Set(settings.filter((one) => !one.has(key)).map((one) => one.get(choice)));
    return [...having].every((name) => name !== undefined && !lacking.has(name));
  });
}
