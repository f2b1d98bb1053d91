/* The data of an SRHM as the package draws them, and its transformations: srhm/model/hierarchy.py.

   A task is {v, n_c, m, s, L, s0, sparsity, seed, rules}, with rules[level][parent][choice] the tuple of
   symbols. Data are {n, features, positions}: features[level] holds the n s^(L + 1 - level) symbols of a
   level, one datum after another, level L + 1 being the labels; positions holds where the n s^L features of
   the input lie. */

explore.parts.push((lib) => {
  "use strict";

  const patchSize = (task) => task.s * (task.s0 + 1);
  const inputLength = (task) => patchSize(task) ** task.L;

  function choose(n, k) {
    let product = 1;
    for (let i = 0; i < k; i++) product = (product * (n - i)) / (i + 1);
    return product;
  }

  /* Ways to lay s features in a patch. */
  const placements = (task) => (task.sparsity === "A" ? (task.s0 + 1) ** task.s : choose(patchSize(task), task.s));

  /* The offsets in its patch, increasing, of the placement numbered `rank`. */
  function unrank(task, rank) {
    const { s, s0, sparsity } = task;
    const width = s0 + 1;
    if (sparsity === "A") {
      return Array.from({ length: s }, (_, i) => i * width + (Math.floor(rank / width ** i) % width));
    }
    const offsets = []; // the combinatorial number system: rank is the sum of offset_i over i + 1
    for (let i = s; i > 0; i--) {
      let offset = patchSize(task) - 1;
      while (choose(offset, i) > rank) offset--;
      rank -= choose(offset, i);
      offsets.unshift(offset);
    }
    return offsets;
  }

  const drawChoices = (task, nodes, level, ...key) => lib.integers(task.m, nodes, ...key, "rule", level);
  const drawPlaces = (task, nodes, level, ...key) => lib.integers(placements(task), nodes, ...key, "placement", level);

  /* The features of levels `level` ... 1 that grow from those above. */
  function generate(task, above, level, ...key) {
    const features = {};
    for (let below = level; below > 0; below--) {
      const choices = drawChoices(task, above.length, below, ...key);
      const grown = new Int32Array(above.length * task.s);
      above.forEach((parent, i) => grown.set(task.rules[below][parent][choices[i]], i * task.s));
      features[below] = above = grown;
    }
    return features;
  }

  /* The input positions under nodes that produce symbols of a level. */
  function lay(task, nodes, level, ...key) {
    for (let below = level; below > 0; below--) {
      const ranks = drawPlaces(task, nodes.length, below, ...key);
      const found = new Int32Array(nodes.length * task.s);
      nodes.forEach((node, i) =>
        unrank(task, ranks[i]).forEach((offset, j) => (found[i * task.s + j] = node * patchSize(task) + offset)),
      );
      nodes = found;
    }
    return nodes;
  }

  function sample(task, n, seed) {
    const key = ["sample", task.seed, seed];
    const labels = lib.integers(task.n_c, n, ...key, "labels");
    const features = { [task.L + 1]: labels, ...generate(task, labels, task.L, ...key) };
    return { n, features, positions: lay(task, new Int32Array(n), task.L, ...key) };
  }

  /* Rule choices of levels `level` ... 1 drawn anew. */
  function exchange(task, data, level, seed) {
    const grown = generate(task, data.features[level + 1], level, "exchange", task.seed, seed);
    return { ...data, features: { ...data.features, ...grown } };
  }

  /* Placements of levels `level` ... 1 drawn anew. */
  function displace(task, data, level, seed) {
    const [leaves, span] = [task.s ** level, patchSize(task) ** level];
    const nodes = data.positions.filter((_, i) => i % leaves === 0).map((position) => Math.floor(position / span));
    return { ...data, positions: lay(task, nodes, level, "displace", task.seed, seed) };
  }

  /* Data by their numbers, which may repeat. */
  function take(task, data, numbers) {
    const pick = (values) => {
      const size = values.length / data.n;
      const taken = new Int32Array(numbers.length * size);
      numbers.forEach((number, i) => taken.set(values.subarray(number * size, (number + 1) * size), i * size));
      return taken;
    };
    const features = Object.fromEntries(Object.entries(data.features).map(([level, symbols]) => [level, pick(symbols)]));
    return { n: numbers.length, features, positions: pick(data.positions) };
  }

  const labels = (task, data) => data.features[task.L + 1];

  Object.assign(lib, {
    patchSize,
    inputLength,
    placements,
    unrank,
    drawChoices,
    drawPlaces,
    sample,
    exchange,
    displace,
    take,
    labels,
  });
});
