// The groups of a critical-difference diagram: methods of which no two are told apart.

/**
 * All largest sets of two or more methods whose members differ from each other nowhere: the maximal cliques of the graph of
 * pairs that do not differ (Bron and Kerbosch 1973, with the pivot of Tomita et al. 2006, without which many methods that
 * nothing tells apart take forever), each in the order of `order`, the groups by their members. A group need not be a run of
 * neighbours, since a test of pairs may tell a method from its neighbour and not from one further off.
 *
 * @param order indices of the methods, best average rank first
 * @param differ whether two methods differ; symmetric
 */
export function groupsOf(order: readonly number[], differ: (i: number, j: number) => boolean): number[][] {
  const groups: number[][] = [];
  // Methods by their places in `order`.
  const joins = (a: number, b: number) => !differ(order[a], order[b]);
  extend(
    [],
    order.map((_, place) => place),
    [],
  );
  return groups.sort(byMembers).map((places) => places.map((place) => order[place]));

  function extend(members: readonly number[], candidates: readonly number[], done: readonly number[]): void {
    if (candidates.length === 0 && done.length === 0) {
      if (members.length > 1) groups.push(members.toSorted((a, b) => a - b));
      return;
    }
    // A largest group holds the pivot or a method that differs from it, so only those need be tried.
    const friends = (pivot: number) => candidates.filter((other) => other !== pivot && joins(pivot, other));
    const pivot = [...candidates, ...done].reduce((best, next) =>
      friends(next).length > friends(best).length ? next : best,
    );
    const left = new Set(candidates);
    const tried = [...done];
    for (const method of candidates) {
      if (method !== pivot && joins(pivot, method)) continue;
      left.delete(method);
      const fits = (other: number) => joins(method, other);
      extend([...members, method], [...left].filter(fits), tried.filter(fits));
      tried.push(method);
    }
  }
}

function byMembers(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((place, k) => place !== b[k]);
  return i < 0 ? 0 : a[i] - (b.at(i) ?? Infinity);
}
