// Groups and splits as `ReadOptions.groups` asks for them: both, neither, or only such groups as nothing is wrong with.
import type { Recordings } from '../recordings.js';
import { FatalProblem } from './problems.js';
import type { ReadOptions } from './reader.js';

type Asked = Pick<ReadOptions, 'groups'>;

/** The positions of what is read; -1 for group and split where they are not. */
export function rolesRead<Roles extends Readonly<Record<'group' | 'split', number>>>(
  roles: Roles,
  { groups = 'read' }: Asked,
): Roles {
  return {
    ...roles,
    group: groups === 'ignore' ? -1 : roles.group,
    split: groups === 'read' ? roles.split : -1,
  };
}

/** What either all sets have that belong together, or none of them. */
export function inAllOrNone({ groups = 'read' }: Asked): readonly ('groups' | 'splits')[] {
  return groups === 'optional' ? ['splits'] : ['groups', 'splits'];
}

/** Groups that are being read; null where that fails, and they are optional. */
export async function groupsWhereReadable<Groups>(
  reading: Promise<Groups> | Groups,
  { groups }: Asked,
): Promise<Groups | null> {
  try {
    return await reading;
  } catch (error) {
    if (groups === 'optional' && error instanceof FatalProblem) return null;
    throw error;
  }
}

/** Recordings that were read with groups and splits, as they are without what is not asked for. */
export function withGroupsAsked(recordings: Recordings, { groups = 'read' }: Asked): Recordings {
  return {
    ...recordings,
    groups: groups === 'ignore' ? null : recordings.groups,
    splits: groups === 'read' ? recordings.splits : null,
  };
}
