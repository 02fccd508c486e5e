// The Pareto front of cost and quality.

export interface CostedPoint {
  readonly cost: number;
  /** Higher is better. */
  readonly value: number;
}

/**
 * The indices of the points that no other point beats, in the order of their costs: none is at most as costly and at least as
 * good, and better in one of the two. Equal points are both on the front.
 */
export function paretoFront(points: readonly CostedPoint[]): number[] {
  const order = points
    .map((_, i) => i)
    .sort((i, j) => points[i].cost - points[j].cost || points[j].value - points[i].value);
  const front: number[] = [];
  for (const i of order) {
    if (front.length === 0) front.push(i);
    else {
      const last = points[front[front.length - 1]];
      const equal = points[i].cost === last.cost && points[i].value === last.value;
      if (equal || points[i].value > last.value) front.push(i);
    }
  }
  return front;
}
