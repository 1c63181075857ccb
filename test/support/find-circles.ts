/**
 * Returns the circles of a directed graph: each strongly connected set of more than one node, and each node with an edge to
 * itself. Sets and their members are sorted, so that equal graphs give equal results.
 */
export function findCircles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles = [...edges.keys()].map((node) => {
    const reached = reachableFrom(node, edges);
    return reached.has(node) ? [...reached].filter((other) => reachableFrom(other, edges).has(node)) : [];
  });
  const distinct = new Set(circles.filter((circle) => circle.length > 0).map((circle) => circle.sort().join(' ')));
  return [...distinct].sort().map((circle) => circle.split(' '));
}

/** Returns the nodes that can be reached from a node by at least one edge. */
function reachableFrom(start: string, edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const open = [...(edges.get(start) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    open.push(...(edges.get(node) ?? []));
  }
  return reached;
}
