/* What a network sees: test error, sensitivities (srhm/measure), and a map of data in the plane. */

explore.parts.push((lib) => {
  "use strict";

  const [TEST, PAIRS] = [2 ** 32, 2 ** 33]; // seeds that no training set has, as in srhm/runs/run.py

  /* Activations of data: layers[l] holds the live patches of layer l + 1, one datum after another, last the
     logits; locations[l] where those patches lie. */
  function observe(network, data) {
    const { task, width } = network;
    const wires = lib.wire(network, data);
    const room = lib.makeRoom(network);
    const layers = room.map((layer) => new Float32Array(data.n * layer.length));
    for (let i = 0; i < data.n; i++) {
      lib.activate(network, wires, i, room);
      room.forEach((layer, l) => layers[l].set(layer, i * layer.length));
    }
    const locations = [];
    for (let l = 1; l <= task.L; l++) {
      const [leaves, span] = [task.s ** l, lib.patchSize(task) ** l];
      locations.push(data.positions.filter((_, i) => i % leaves === 0).map((position) => Math.floor(position / span)));
    }
    locations.push(new Int32Array(data.n));
    return { n: data.n, layers, locations, channels: [...new Array(task.L).fill(width), task.n_c] };
  }

  /* The squared distance of datum i of one and of the other in a layer, blanks included. */
  function squaredDistance(one, other, layer, i) {
    const channels = one.channels[layer];
    const patches = one.locations[layer].length / one.n;
    const [a, b] = [one, other].map((seen) => seen.layers[layer]);
    const [here, there] = [one, other].map((seen) => seen.locations[layer]);
    let [sum, matched] = [0, 0];
    for (let p = i * patches; p < (i + 1) * patches; p++) {
      let partner = -1;
      for (let q = i * patches; q < (i + 1) * patches; q++) if (here[p] === there[q]) partner = q;
      for (let c = 0; c < channels; c++) {
        const [x, y] = [a[p * channels + c], partner < 0 ? 0 : b[partner * channels + c]];
        sum += (x - y) * (x - y);
        matched += y * y;
      }
    }
    let whole = 0; // of the other; what is not matched lies where this one is blank
    for (let j = i * patches * channels; j < (i + 1) * patches * channels; j++) whole += b[j] * b[j];
    return sum + whole - matched;
  }

  /* The mean squared distance of two lists of data in a layer. */
  function apart(one, other, layer) {
    let sum = 0;
    for (let i = 0; i < one.n; i++) sum += squaredDistance(one, other, layer, i);
    return sum / one.n;
  }

  /* The held-out data of a seed: a test set; pairs for the sensitivities; and, for the map, a datum of each
     class with `copies` exchanged and displaced ones of each, before the first `cloud` of the test set. */
  function prepare(task, seed, { tests, pairs, copies, cloud }) {
    const test = lib.sample(task, tests, TEST + seed);
    const both = lib.sample(task, 2 * pairs, PAIRS + seed);
    const range = (n, from = 0) => Array.from({ length: n }, (_, i) => from + i);
    const x = lib.take(task, both, range(pairs));
    const chosen = range(task.n_c).map((label) => lib.labels(task, test).indexOf(label));
    const repeated = lib.take(
      task,
      test,
      chosen.flatMap((number) => new Array(copies).fill(number)),
    );
    return {
      test,
      x,
      z: lib.take(task, both, range(pairs, pairs)),
      exchanged: lib.exchange(task, x, 1, PAIRS + seed),
      displaced: lib.displace(task, x, 1, PAIRS + seed),
      groups: [
        lib.take(task, test, chosen),
        lib.exchange(task, repeated, 1, seed),
        lib.displace(task, repeated, 1, seed),
        lib.take(task, test, range(cloud)),
      ],
    };
  }

  function errorRate(network, test) {
    const { n_c } = network.task;
    const logits = observe(network, test).layers.at(-1);
    const labels = lib.labels(network.task, test);
    let wrong = 0;
    for (let i = 0; i < test.n; i++) {
      const scores = logits.subarray(i * n_c, (i + 1) * n_c);
      wrong += scores.indexOf(Math.max(...scores)) !== labels[i];
    }
    return wrong / test.n;
  }

  /* S_{k,1} and D_{k,1} of layers k = 1 ... L and of the output; no D without blanks. */
  function sensitivities(network, held) {
    const [x, z, exchanged, displaced] = ["x", "z", "exchanged", "displaced"].map((name) =>
      observe(network, held[name]),
    );
    const layers = [...x.layers.keys()];
    const against = layers.map((layer) => apart(x, z, layer));
    const ratios = (moved) => layers.map((layer) => apart(x, moved, layer) / against[layer]);
    return { S: ratios(exchanged), D: network.task.s0 ? ratios(displaced) : null };
  }

  // ---- The map

  /* Whole activations of a layer, blanks included, a row for each datum. */
  function dense(seen, layer, places) {
    const channels = seen.channels[layer];
    const patches = seen.locations[layer].length / seen.n;
    return Array.from({ length: seen.n }, (_, i) => {
      const row = new Float64Array(places * channels);
      for (let p = 0; p < patches; p++) {
        const from = (i * patches + p) * channels;
        row.set(seen.layers[layer].subarray(from, from + channels), seen.locations[layer][i * patches + p] * channels);
      }
      return row;
    });
  }

  function dot(a, b) {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
    return sum;
  }

  function normalise(a) {
    const length = Math.sqrt(dot(a, a)) || 1;
    return Float64Array.from(a, (x) => x / length);
  }

  /* The first two principal axes of centred rows: orthogonal iteration on their covariance, from axes nearby. */
  function principalAxes(rows, nearby) {
    const size = rows[0].length;
    const covariance = Array.from({ length: size }, () => new Float64Array(size));
    for (const row of rows) {
      for (let i = 0; i < size; i++) {
        const [x, line] = [row[i], covariance[i]];
        if (x !== 0) for (let j = 0; j < size; j++) line[j] += x * row[j];
      }
    }
    let axes =
      nearby ?? [0, 1].map((k) => Float64Array.from({ length: size }, (_, i) => Math.cos((k + 1) * (i + 0.5))));
    for (let turn = 0; turn < (nearby ? 20 : 200); turn++) {
      const [a, b] = axes.map((axis) => covariance.map((line) => dot(line, axis)));
      const first = normalise(a);
      const along = dot(b, first);
      axes = [first, normalise(b.map((x, i) => x - along * first[i]))];
    }
    return axes;
  }

  /* Points turned, and mirrored if need be, to lie as near as they can to where they were. */
  function align(points, before) {
    if (!before) return points;
    let [a, b, c, d] = [0, 0, 0, 0];
    points.forEach(([x, y], i) => {
      const [u, w] = before[i];
      [a, b, c, d] = [a + x * u, b + x * w, c + y * u, d + y * w];
    });
    const turned = Math.hypot(a + d, b - c) >= Math.hypot(a - d, b + c);
    const angle = turned ? Math.atan2(b - c, a + d) : Math.atan2(b + c, a - d);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return points.map(([x, y]) =>
      turned ? [cos * x - sin * y, sin * x + cos * y] : [cos * x + sin * y, sin * x - cos * y],
    );
  }

  /* Groups of data in the plane of the two principal components of the last one, the cloud, in a layer:
     {points, axes}. The cloud's mean is 0 and its mean square 1; `before` is the map that this one follows. */
  function project(network, groups, layer, before) {
    const { task } = network;
    const places = lib.inputLength(task) / lib.patchSize(task) ** (layer + 1);
    const rows = groups.map((group) => dense(observe(network, group), layer, places));
    const cloud = rows.at(-1);
    const mean = new Float64Array(cloud[0].length);
    for (const row of cloud) row.forEach((x, i) => (mean[i] += x / cloud.length));
    const axes = principalAxes(
      cloud.map((row) => row.map((x, i) => x - mean[i])),
      before?.axes,
    );
    const centre = axes.map((axis) => dot(mean, axis));
    const points = rows.flat().map((row) => axes.map((axis, k) => dot(axis, row) - centre[k]));
    const square = points.slice(-cloud.length).reduce((sum, [x, y]) => sum + x * x + y * y, 0);
    const size = Math.sqrt(square / cloud.length) || 1;
    return {
      axes,
      points: align(
        points.map(([x, y]) => [x / size, y / size]),
        before?.points,
      ),
    };
  }

  Object.assign(lib, { prepare, errorRate, sensitivities, project });
});
