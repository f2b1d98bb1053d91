/* Touch the model: a datum of the SRHM, its tree, and the transformations that keep its label.

   The production rules come from Python; this script draws with them. As in srhm/hierarchy.py, levels run
   from L, under the class, to 1, the input, and the node i of level l + 1 produces the features
   i s ... i s + s - 1 of level l. A datum is
     label            the class
     choices[l][i]    which of its m rules node i of level l + 1 uses
     places[l][i]     where that node's s features lie among the k = s (s0 + 1) positions of its patch. */

(() => {
  "use strict";
  const { html, svg, byId, ink, fill } = explore;

  // ---- The model

  const pick = (n) => Math.floor(Math.random() * n);
  const patchSize = (task) => task.s * (task.s0 + 1);
  const inputLength = (task) => patchSize(task) ** task.L;

  function place(task) {
    const { s, s0, sparsity } = task;
    if (sparsity === "A") return Array.from({ length: s }, (_, i) => i * (s0 + 1) + pick(s0 + 1));
    const free = Array.from({ length: patchSize(task) }, (_, i) => i);
    const taken = Array.from({ length: s }, () => free.splice(pick(free.length), 1)[0]);
    return taken.sort((a, b) => a - b);
  }

  const DRAWS = { choices: (task) => pick(task.m), places: place };

  function sample(task) {
    const datum = { label: pick(task.n_c), choices: {}, places: {} };
    for (let level = task.L; level >= 1; level--) {
      for (const part of ["choices", "places"]) {
        datum[part][level] = Array.from({ length: task.s ** (task.L - level) }, () => DRAWS[part](task));
      }
    }
    return datum;
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
            Math.floor(node / k) === home && (j === 0 || node > patch[j - 1]) &&
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
    const { s, s0, L, m, n_c, sparsity } = task;
    let placements = (s0 + 1) ** s;
    if (sparsity === "B") {
      placements = 1;
      for (let i = 0; i < s; i++) placements = (placements * (patchSize(task) - i)) / (i + 1);
    }
    const size = BigInt(n_c) * BigInt(m * placements) ** BigInt((s ** L - 1) / (s - 1));
    return { d: inputLength(task), informative: s ** L, fraction: (s0 + 1) ** -L, size };
  }

  explore.task = { sample, redraw, symbols, input, decode, facts, place };

  // ---- The drawing

  const LETTERS = "abcdefghijklmnopqrstuvwxyz";
  const ROW = 58; // pixels from level to level
  const UNIT = { least: 16, most: 40 }; // pixels for a feature
  const SQUEEZED = 0.2; // width of a blank, in features, where the tree has no room to be to scale

  /* Everything the tree shows, x in units of a feature: nodes, blanks (from their level down) and width. */
  function layout(task, datum, room) {
    const k = patchSize(task);
    const known = symbols(task, datum);
    const toScale = inputLength(task) * UNIT.least <= room;
    const nodes = [];
    const blanks = [];
    function put(level, index, left) {
      let x = left;
      const children = [];
      const offsets = level > 1 ? datum.places[level - 1][index] : [];
      for (let o = 0; level > 1 && o < k; o++) {
        const child = offsets.indexOf(o);
        const width = toScale ? k ** (level - 2) : SQUEEZED;
        if (child < 0) blanks.push({ level: level - 1, x, width });
        else children.push(put(level - 1, index * task.s + child, x));
        x = child < 0 ? x + width : children.at(-1).right;
      }
      const right = level === 1 ? left + 1 : x;
      const node = { level, index, symbol: known[level][index], centre: (left + right) / 2, right, children };
      nodes.push(node);
      return node;
    }
    const root = put(task.L + 1, 0, 0);
    nodes.sort((a, b) => b.level - a.level || a.index - b.index); // the order of the keyboard's focus
    return { nodes, blanks, width: root.right, toScale };
  }

  function run(data) {
    const state = { task: null, datum: null, before: null, count: 0, text: "" };
    const isClass = (level) => level === state.task.L + 1;
    const name = (level, symbol) => (isClass(level) ? String(symbol) : LETTERS[symbol]);
    const rowName = (level) => (isClass(level) ? "label" : level === 1 ? "input" : `level ${level}`);
    const rowY = (level) => (state.task.L + 1 - level) * ROW + ROW / 2;
    const levels = () => Array.from({ length: state.task.L }, (_, i) => state.task.L - i);
    const paint = (level, symbol) => {
      const colour = data.colours[symbol];
      return isClass(level) ? "" : `background:${colour};color:${ink(colour)};`;
    };

    function readTask() {
      const [s, L, s0] = ["task-s", "task-L", "task-s0"].map((id) => Number(byId(id).value));
      const { v, n_c, m } = data;
      return { v, n_c, m, s, L, s0, sparsity: byId("task-sparsity").value, rules: data.rules[`${s},${L}`] };
    }

    /* A new task. The same symbols are laid anew if only the sparsity is another. */
    function retask() {
      const task = readTask();
      const kept = state.task && state.task.s === task.s && state.task.L === task.L;
      const fresh = sample(task);
      const datum = kept ? { ...state.datum, places: fresh.places } : fresh;
      const text = kept ? "The same symbols, laid in the new patches." : "A datum of the new task.";
      Object.assign(state, { task, datum, before: null, count: 0, text });
      byId("task-L-value").textContent = task.L;
      byId("task-s0-value").textContent = task.s0;
      fill(byId("task-level"), levels().reverse().map((level) => [level, level]));
      const fixed = task.s0 === 0;
      for (const id of ["task-displace", "task-move"]) byId(id).disabled = fixed;
      if (fixed) byId("task-swap").checked = true;
      byId("task-fixed").hidden = !fixed;
      draw();
    }

    function renew() {
      Object.assign(state, { datum: sample(state.task), before: null, count: 0, text: "A new datum." });
      draw();
    }

    function transform(part, level, node) {
      const { task, datum: before } = state;
      const datum = redraw(task, before, part, level, node);
      const [x, y] = [before, datum].map((either) => input(task, either));
      const differing = x.filter((symbol, i) => symbol !== y[i]).length;
      const parent = isClass(level + 1) ? "the class" : `one level-${level + 1} symbol`;
      const where = node === undefined ? `at level ${level}` : `under ${parent}`;
      const what = part === "choices" ? "Synonyms exchanged, positions kept," : "Features moved, symbols kept,";
      const text = `${what} ${where}: ${differing} of ${x.length.toLocaleString("en")} input positions differ.`;
      Object.assign(state, { datum, before, count: state.count + 1, text });
      draw();
    }

    function draw() {
      drawTree();
      drawInputs();
      drawRules();
      tell();
    }

    function drawTree() {
      const { task, datum, before } = state;
      const stage = byId("task-tree");
      const room = stage.parentElement.clientWidth;
      const tree = layout(task, datum, room);
      const focused = document.activeElement.dataset.node;
      const unit = Math.min(UNIT.most, Math.max(UNIT.least, room / tree.width));
      const size = { width: Math.ceil(unit * tree.width), height: ROW * (task.L + 1) };
      const drawing = svg("svg", { ...size, role: "img", "aria-label": describeTree() });
      for (const blank of tree.blanks) drawing.append(...blankColumn(blank, tree.toScale, unit));
      for (const { level, centre, children } of tree.nodes) {
        const top = { x1: centre * unit, y1: rowY(level) };
        for (const child of children) {
          drawing.append(svg("line", { class: "branch", ...top, x2: child.centre * unit, y2: rowY(child.level) }));
        }
      }
      const [symbolsThen, symbolsNow, whereThen, whereNow] = [symbols, positions].flatMap((read) => [
        before && read(task, before), read(task, datum),
      ]);
      const buttons = [];
      for (const { level, index, centre, children } of tree.nodes) {
        const changed = [[symbolsThen, symbolsNow], [whereThen, whereNow]].some(
          ([then, now]) => then && then[level][index] !== now[level][index],
        );
        const node = { level, index, symbol: symbolsNow[level][index], x: centre * unit, children, changed };
        if (level === 1) drawing.append(...leaf(node, Math.min(26, unit - 2)));
        else buttons.push(nodeButton(node));
      }
      stage.style.width = `${size.width}px`;
      stage.replaceChildren(drawing, ...buttons);
      byId("task-rows").replaceChildren(
        ...[task.L + 1, ...levels()].map((level) => html("span", {}, rowName(level))),
      );
      byId("task-squeezed").hidden = tree.toScale;
      if (focused) stage.querySelector(`[data-node="${focused}"]`)?.focus();
    }

    /* A blank and, in the rows below it, the blanks that it produces; squeezed, these are one as well. */
    function blankColumn({ level, x, width }, toScale, unit) {
      const boxes = [];
      for (let below = level; below >= 1; below--) {
        const count = toScale ? patchSize(state.task) ** (level - below) : 1;
        const step = (width * unit) / count;
        const size = { y: rowY(below) - 11, width: Math.max(step - 2, 2), height: 22, rx: 3 };
        for (let left = x * unit + 1, i = 0; i < count; i++, left += step) {
          boxes.push(svg("rect", { class: "blank", x: left, ...size }));
        }
      }
      return boxes;
    }

    function leaf({ symbol, x, changed }, side) {
      const [y, colour] = [rowY(1), data.colours[symbol]];
      const corner = { x: x - side / 2, y: y - side / 2, width: side, height: side, rx: 4 };
      return [
        svg("rect", { ...corner, fill: colour, class: changed && "changed" }),
        svg("text", { x, y, style: `fill:${ink(colour)};font-size:${Math.min(15, side * 0.75)}px` }, name(1, symbol)),
      ];
    }

    function nodeButton({ level, index, symbol, x, children, changed }) {
      const below = children.map((child) => name(child.level, child.symbol)).join(" ");
      const kind = isClass(level) ? "Class" : `Level ${level}, symbol`;
      const attributes = {
        type: "button",
        class: ["node", isClass(level) && "label", changed && "changed"].filter(Boolean).join(" "),
        style: `left:${x}px;top:${rowY(level)}px;${paint(level, symbol)}`,
        "data-node": `${level},${index}`,
        "aria-label": `${kind} ${name(level, symbol)}, produces ${below}`,
      };
      const button = html("button", attributes, name(level, symbol));
      const part = () => (byId("task-swap").checked ? "choices" : "places");
      button.addEventListener("click", () => transform(part(), level - 1, index));
      return button;
    }

    function describeTree() {
      const known = symbols(state.task, state.datum);
      const rows = levels().map((level) => `${rowName(level)} ${known[level].map((a) => LETTERS[a]).join(" ")}`);
      return `Tree of a datum, from the top: label ${state.datum.label}; ${rows.join("; ")}.`;
    }

    /* Before and now, to scale, as a network gets them: a row for each symbol, a column for each position. */
    function drawInputs() {
      for (const [id, datum] of [["task-before", state.before], ["task-now", state.datum]]) {
        const holder = byId(id);
        // As wide as a tree to scale, so that the columns are below its features.
        const row = 9;
        const tree = byId("task-squeezed").hidden ? byId("task-tree").clientWidth : Infinity;
        const width = Math.min(holder.clientWidth, tree);
        const x = datum && input(state.task, datum);
        const strip = svg("svg", { width, height: row * data.v, role: "img", "aria-label": describeInput(x) });
        strip.append(svg("rect", { class: "blank", width, height: row * data.v }));
        const step = width / inputLength(state.task);
        (x ?? []).forEach((symbol, i) => {
          if (symbol === null) return;
          const cell = { x: i * step, y: symbol * row, width: Math.max(step - (step > 6 ? 1 : 0), 2), height: row };
          strip.append(svg("rect", { ...cell, fill: data.colours[symbol] }));
        });
        holder.replaceChildren(strip);
      }
    }

    function describeInput(x) {
      if (!x) return "No transformation yet.";
      const told = [...x.keys()].filter((i) => x[i] !== null).map((i) => `${LETTERS[x[i]]} at ${i + 1}`);
      return `Input of ${x.length} positions: ${told.join(", ")}; blank elsewhere.`;
    }

    /* All rules, those that the datum uses marked. */
    function drawRules() {
      const { task, datum } = state;
      const known = symbols(task, datum);
      const chip = (level, symbol) => {
        const shape = isClass(level) ? "chip label" : "chip";
        return html("span", { class: shape, style: paint(level, symbol) }, name(level, symbol));
      };
      const tables = levels().map((level) => {
        const used = new Set(known[level + 1].map((parent, i) => `${parent},${datum.choices[level][i]}`));
        const tuple = (rule, mark) => {
          const note = mark ? [html("span", { class: "explore-unseen" }, "(in use)")] : [];
          return html("span", { class: mark ? "tuple used" : "tuple" }, ...rule.map((a) => chip(level, a)), ...note);
        };
        const rows = task.rules[level].map((rules, parent) => {
          const tuples = rules.map((rule, choice) => tuple(rule, used.has(`${parent},${choice}`)));
          return html("div", { class: "rule" }, chip(level + 1, parent), " → ", ...tuples);
        });
        return html("div", {}, html("p", {}, `${rowName(level + 1)} to ${rowName(level)}`), ...rows);
      });
      byId("task-rules").replaceChildren(...tables);
    }

    function tell() {
      const { task, datum, count } = state;
      const { d, informative, fraction, size } = facts(task);
      const parsed = decode(task, input(task, datum));
      const times = `after ${count} transformation${count === 1 ? "" : "s"}`;
      const verdict = parsed !== datum.label ? "changed" : count ? `unchanged ${times}` : "the class it was drawn from";
      byId("task-label").textContent = parsed ?? "none";
      byId("task-verdict").textContent = verdict;
      byId("task-text").textContent = state.text;
      byId("task-v").textContent = data.v;
      byId("task-d").textContent = d.toLocaleString("en");
      byId("task-informative").textContent = informative;
      byId("task-fraction").textContent = fraction === 1 ? "1" : `1/${Math.round(1 / fraction)}`;
      const [, digit, decimals, power] = /(\d)\.?(\d*)e\+(\d+)/.exec(Number(size).toExponential(1));
      byId("task-size").replaceChildren(
        ...(size < 1e7 ? [size.toLocaleString("en")] : [`${digit}.${decimals} × 10`, html("sup", {}, power)]),
      );
      byId("task-size").dataset.exact = size;
    }

    for (const id of ["task-s", "task-L", "task-s0", "task-sparsity"]) byId(id).addEventListener("input", retask);
    const level = () => Number(byId("task-level").value);
    byId("task-new").addEventListener("click", renew);
    byId("task-exchange").addEventListener("click", () => transform("choices", level()));
    byId("task-displace").addEventListener("click", () => transform("places", level()));
    retask();
    return draw;
  }

  explore.start(run);
})();
