// The groups of a critical-difference diagram: methods of which no two are told apart.

/**
 * All largest sets of two or more methods whose members differ from each other nowhere: the maximal cliques of the graph of
 * pairs that do not differ (Bron and Kerbosch 1973), each in the order of `order`, the groups by their first members. A
 * group need not be a run of neighbours, since a test of pairs may tell a method from its neighbour and not from one further
 * off.
 *
 * @param order indices of the methods, best average rank first
 * @param differ whether two methods differ; symmetric
 */
export function groupsOf(order: readonly number[], differ: (i: number, j: number) => boolean): number[][] {
  const groups: number[][] = [];
  extend([], [...order], []);
  return groups;

  function extend(members: readonly number[], candidates: readonly number[], done: readonly number[]): void {
    if (candidates.length === 0) {
      if (done.length === 0 && members.length > 1) groups.push([...members]);
      return;
    }
    candidates.forEach((method, i) => {
      const joins = (other: number) => !differ(method, other);
      const before = [...done, ...candidates.slice(0, i)];
      extend([...members, method], candidates.slice(i + 1).filter(joins), before.filter(joins));
    });
  }
}
