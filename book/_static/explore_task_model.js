/* The model that can be touched: a datum of an SRHM by its choices, so that one of them can be drawn anew.

   The production rules come from Python. As in srhm/model/hierarchy.py, levels run from L, under the class,
   to 1, the input, and the node i of level l + 1 produces the features i s ... i s + s - 1 of level l. A datum is
     label            the class
     choices[l][i]    which of its m rules node i of level l + 1 uses
     places[l][i]     where that node's s features lie among the k = s (s0 + 1) positions of its patch. */

(() => {
  "use strict";
  const lib = explore.toolbox();
  const { patchSize, inputLength } = lib;

  const pick = (n) => Math.floor(Math.random() * n);
  const place = (task) => lib.unrank(task, pick(lib.placements(task)));
  const DRAWS = { choices: (task) => pick(task.m), places: place };
  const levelsOf = (task) => Array.from({ length: task.L }, (_, i) => task.L - i);

  /* The datum that the package draws from the seed: `task.sample(1, seed)`. */
  function sample(task, seed) {
    const key = ["sample", task.seed, seed];
    const datum = { label: lib.integers(task.n_c, 1, ...key, "labels")[0], choices: {}, places: {} };
    for (const level of levelsOf(task)) {
      const nodes = task.s ** (task.L - level);
      datum.choices[level] = [...lib.drawChoices(task, nodes, level, ...key)];
      datum.places[level] = [...lib.drawPlaces(task, nodes, level, ...key)].map((rank) => lib.unrank(task, rank));
    }
    return datum;
  }

  /* A datum as a text of digits, and back; null if the text is none of the task's. */
  function write(task, { label, choices, places }) {
    const numbers = levelsOf(task).flatMap((level) => [...choices[level], ...places[level].flat()]);
    return [label, ...numbers].map((number) => number.toString(36)).join("");
  }

  function read(task, text) {
    const digits = [...text].map((digit) => parseInt(digit, 36));
    const datum = { label: digits.shift(), choices: {}, places: {} };
    for (const level of levelsOf(task)) {
      const nodes = task.s ** (task.L - level);
      datum.choices[level] = digits.splice(0, nodes);
      datum.places[level] = Array.from({ length: nodes }, () => digits.splice(0, task.s));
    }
    const known = new Set(Array.from({ length: lib.placements(task) }, (_, rank) => String(lib.unrank(task, rank))));
    const fits =
      datum.label < task.n_c &&
      Object.values(datum.choices)
        .flat()
        .every((choice) => choice < task.m) &&
      Object.values(datum.places)
        .flat()
        .every((offsets) => known.has(String(offsets))) &&
      write(task, datum) === text;
    return fits ? datum : null;
  }

  /* Rule choices ("choices") or placements ("places") of levels `level` ... 1 drawn anew: of all nodes, or of
     one node of level + 1 and what grows from it. Unlike the model's own draw it never repeats the old ones,
     as that would look like a button that does nothing. */
  function redraw(task, datum, part, level, node) {
    const same = (drawn) => String(drawn[level]) === String(datum[part][level]);
    let drawn;
    do {
      drawn = { ...datum[part] };
      for (let below = level; below >= 1; below--) {
        const heirs = task.s ** (level - below);
        const touched = (i) => node === undefined || Math.floor(i / heirs) === node;
        drawn[below] = drawn[below].map((old, i) => (touched(i) ? DRAWS[part](task) : old));
      }
    } while (same(drawn));
    return { ...datum, [part]: drawn };
  }

  /* The symbols of every level, L + 1 being the label. */
  function symbols(task, datum) {
    const found = { [task.L + 1]: [datum.label] };
    for (let level = task.L; level >= 1; level--) {
      const choices = datum.choices[level];
      found[level] = found[level + 1].flatMap((parent, i) => task.rules[level][parent][choices[i]]);
    }
    return found;
  }

  /* Where they lie in every level, counted in symbols and blanks of that level. */
  function positions(task, datum) {
    const found = { [task.L + 1]: [0] };
    for (let level = task.L; level >= 1; level--) {
      const places = datum.places[level];
      found[level] = found[level + 1].flatMap((node, i) => places[i].map((o) => node * patchSize(task) + o));
    }
    return found;
  }

  /* What a network gets: a symbol or, at a blank, null for each of the d positions. */
  function input(task, datum) {
    const x = new Array(inputLength(task)).fill(null);
    const where = positions(task, datum)[1];
    symbols(task, datum)[1].forEach((symbol, i) => (x[where[i]] = symbol));
    return x;
  }

  /* The class of an input, found by parsing it from the bottom up; null if no rules produce it. */
  function decode(task, x) {
    const { s, s0, L, sparsity } = task;
    const k = patchSize(task);
    let nodes = [...x.keys()].filter((i) => x[i] !== null);
    let found = nodes.map((i) => x[i]);
    if (found.length !== s ** L) return null;
    for (let level = 1; level <= L; level++) {
      const parents = [];
      const above = [];
      for (let i = 0; i < nodes.length; i += s) {
        const patch = nodes.slice(i, i + s);
        const home = Math.floor(patch[0] / k);
        const fits = patch.every(
          (node, j) =>
            Math.floor(node / k) === home &&
            (j === 0 || node > patch[j - 1]) &&
            (sparsity === "B" || Math.floor((node % k) / (s0 + 1)) === j),
        );
        const tuple = String(found.slice(i, i + s));
        const parent = task.rules[level].findIndex((rules) => rules.some((rule) => String(rule) === tuple));
        if (!fits || parent < 0) return null;
        parents.push(parent);
        above.push(home);
      }
      [found, nodes] = [parents, above];
    }
    return found[0];
  }

  /* Input length, informative positions, their fraction, and the number of distinct data (a BigInt). */
  function facts(task) {
    const { s, s0, L, m, n_c } = task;
    const size = BigInt(n_c) * BigInt(m * lib.placements(task)) ** BigInt((s ** L - 1) / (s - 1));
    return { d: inputLength(task), informative: s ** L, fraction: (s0 + 1) ** -L, size };
  }

  explore.task = { sample, write, read, redraw, symbols, positions, input, decode, facts, place };
})();
