/* Touch the model: the tree of a datum, and what the reader does to it. */

(() => {
  "use strict";
  const { html, svg, byId, ink, fill, address, put, animate } = explore;
  const { patchSize, inputLength } = explore.toolbox();
  const { sample, write, read, redraw, symbols, positions, input, decode, facts } = explore.task;

  const LETTERS = "abcdefghijklmnopqrstuvwxyz";
  const CONTROLS = ["s", "L", "s0", "sparsity"];
  const ROW = 62; // pixels from level to level
  const STEP = 700; // milliseconds for a level, when a change climbs
  const SQUEEZED = 0.2; // width of a blank, in features, where the tree has no room to be to scale
  const finger = () => matchMedia("(any-pointer: coarse)").matches;

  /* Pixels for a feature: at least and at most; a finger needs more. */
  const unitRange = () => (finger() ? { least: 44, most: 52 } : { least: 17, most: 40 });

  /* Everything the tree shows, x in units of a feature: nodes, blanks (from their level down) and width. */
  function layout(task, datum, room) {
    const k = patchSize(task);
    const known = symbols(task, datum);
    const toScale = inputLength(task) * unitRange().least <= room;
    const nodes = [];
    const blanks = [];
    function grow(level, index, left) {
      let x = left;
      const children = [];
      const offsets = level > 1 ? datum.places[level - 1][index] : [];
      for (let o = 0; level > 1 && o < k; o++) {
        const child = offsets.indexOf(o);
        const width = toScale ? k ** (level - 2) : SQUEEZED;
        if (child < 0) blanks.push({ level: level - 1, x, width });
        else children.push(grow(level - 1, index * task.s + child, x));
        x = child < 0 ? x + width : children.at(-1).right;
      }
      const right = level === 1 ? left + 1 : x;
      const node = { level, index, symbol: known[level][index], centre: (left + right) / 2, right, children };
      nodes.push(node);
      return node;
    }
    const root = grow(task.L + 1, 0, 0);
    nodes.sort((a, b) => b.level - a.level || a.index - b.index); // the order of the keyboard's focus
    return { nodes, blanks, width: root.right, toScale };
  }

  function run(data) {
    const state = { task: null, seed: 0, datum: null, before: null, count: 0, text: "", past: [], stop: () => {} };
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
      const [s, L, s0] = ["s", "L", "s0"].map((id) => Number(byId(`task-${id}`).value));
      const { v, n_c, m } = data;
      return { v, n_c, m, s, L, s0, sparsity: byId("task-sparsity").value, seed: 0, rules: data.rules[`${s},${L}`] };
    }

    // ---- What the reader does

    /* A new task. The same symbols are laid anew if only the sparsity is another. */
    function retask() {
      const task = readTask();
      const kept = state.task && state.task.s === task.s && state.task.L === task.L;
      const fresh = sample(task, state.seed);
      const datum = kept ? { ...state.datum, places: fresh.places } : fresh;
      const text = kept ? "The same symbols, laid in the new patches." : "A datum of the new task.";
      Object.assign(state, { task, datum, before: null, count: 0, text, past: [] });
      byId("task-L-value").textContent = task.L;
      byId("task-s0-value").textContent = task.s0;
      fill(
        byId("task-level"),
        levels()
          .reverse()
          .map((level) => [level, level]),
      );
      const fixed = task.s0 === 0;
      for (const id of ["task-displace", "task-move"]) byId(id).disabled = fixed;
      if (fixed) byId("task-swap").checked = true;
      byId("task-fixed").hidden = !fixed;
      show();
      const scroll = byId("task-tree").parentElement;
      scroll.scrollLeft = (scroll.scrollWidth - scroll.clientWidth) / 2; // to the label
    }

    /* What undo goes back to. */
    function keep() {
      const { seed, datum, before, count, text } = state;
      state.past.push({ seed, datum, before, count, text });
    }

    function renew(seed) {
      keep();
      Object.assign(state, { seed, datum: sample(state.task, seed), before: null, count: 0, text: "A new datum." });
      show();
    }

    function undo() {
      Object.assign(state, state.past.pop());
      show();
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
      keep();
      Object.assign(state, { datum, before, count: state.count + 1, text });
      show();
      climb();
    }

    /* The task, the seed and, if it is not the one of the seed, the datum, in the address. */
    function remember() {
      const { task, seed, datum, count } = state;
      const now = write(task, datum);
      const said = Object.fromEntries(CONTROLS.map((id) => [id, byId(`task-${id}`).value]));
      const changed = now === write(task, sample(task, seed)) ? { now: null, steps: null } : { now, steps: count };
      address.write({ ...said, seed, ...changed });
    }

    function restore() {
      const said = address.read();
      for (const id of CONTROLS) put(byId(`task-${id}`), said.get(id));
      const seed = Number(said.get("seed"));
      state.seed = Number.isSafeInteger(seed) && seed >= 0 ? seed : 0;
      state.task = null;
      const [now, steps] = [said.get("now"), Number(said.get("steps"))];
      const task = readTask();
      const datum = now && read(task, now);
      const before = sample(task, state.seed);
      retask();
      if (!datum || datum.label !== before.label) return;
      const count = Number.isSafeInteger(steps) && steps > 0 ? steps : 0;
      Object.assign(state, { datum, before: count ? before : null, count, text: "The datum of the link." });
      show();
    }

    // ---- The drawing

    function show() {
      state.stop();
      draw();
      remember();
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
      const old = before && layout(task, before, room).nodes;
      const focused = document.activeElement.dataset.node;
      const { least, most } = unitRange();
      const unit = Math.min(most, Math.max(least, room / tree.width));
      const size = { width: Math.ceil(unit * tree.width), height: ROW * (task.L + 1) };
      const drawing = svg("svg", { ...size, role: "img", "aria-label": describeTree() });
      const band = svg("rect", { class: "band", width: size.width, height: ROW - 6, rx: 6 });
      drawing.append(band);
      for (const blank of tree.blanks) drawing.append(...blankColumn(blank, tree.toScale, unit));
      const [whereThen, whereNow] = [before && positions(task, before), positions(task, datum)];
      const items = new Map();
      tree.nodes.forEach((node, i) => {
        const then = old?.[i] ?? node;
        const moved = Boolean(before) && whereThen[node.level][node.index] !== whereNow[node.level][node.index];
        const from = before && before.places !== datum.places ? then.centre : node.centre;
        const item = { node, then: then.symbol, moved, x: [from * unit, node.centre * unit] };
        items.set(node, Object.assign(item, { button: nodeButton(item, Math.min(28, unit - 3)) }));
      });
      const branches = tree.nodes.flatMap((node) => node.children.map((child) => [items.get(node), items.get(child)]));
      const lines = branches.map(([from, to]) =>
        svg("line", { class: "branch", y1: rowY(from.node.level), y2: rowY(to.node.level) }),
      );
      drawing.append(...lines);
      stage.style.width = `${size.width}px`;
      stage.replaceChildren(drawing, ...[...items.values()].map((item) => item.button));
      state.scene = { items: [...items.values()], branches, lines, band };
      byId("task-rows").replaceChildren(...[task.L + 1, ...levels()].map(rowHead));
      byId("task-squeezed").hidden = tree.toScale;
      byId("task-wide").hidden = size.width <= room;
      setScene(1);
      if (focused) stage.querySelector(`[data-node="${focused}"]`)?.focus({ preventScroll: true });
    }

    /* The name of a row and, after a transformation, how many of its nodes are others or elsewhere. The label
       is beside its name, too, where it stays in sight however wide the tree. */
    function rowHead(level) {
      const chip = isClass(level) ? [html("b", { class: "chip label" }, state.datum.label)] : [];
      return html(
        "div",
        { "data-level": level },
        html("span", {}, rowName(level), " ", ...chip),
        html("small", {}, ""),
      );
    }

    function countRow(level) {
      const row = state.scene.items.filter(({ node }) => node.level === level);
      if (!state.before) return "";
      const said = [
        [row.filter(({ node, then }) => node.symbol !== then).length, "changed"],
        [row.filter(({ moved }) => moved).length, "moved"],
      ];
      const told = said.filter(([count]) => count).map(([count, what]) => `${count} ${what}`);
      return told.join(", ") || "the same";
    }

    /* The scene when a change has climbed so many of its rows, the input being the first. */
    function setScene(rows) {
      const { items, branches, lines, band } = state.scene;
      const reached = (level) => Math.min(Math.max(rows * (state.task.L + 1) - (level - 1), 0), 1);
      for (const item of items) {
        const part = reached(item.node.level);
        const [from, to] = item.x;
        item.at = from + (to - from) * part * part * (3 - 2 * part);
        item.button.style.left = `${item.at}px`;
        dress(item, part > 0);
      }
      branches.forEach(([above, below], i) => {
        lines[i].setAttribute("x1", above.at);
        lines[i].setAttribute("x2", below.at);
      });
      const level = Math.min(Math.floor(rows * (state.task.L + 1)) + 1, state.task.L + 1);
      band.setAttribute("y", rowY(level) - ROW / 2 + 3);
      band.style.visibility = rows < 1 ? "visible" : "hidden";
      for (const head of byId("task-rows").children) {
        const row = Number(head.dataset.level);
        head.lastChild.textContent = reached(row) > 0 ? countRow(row) : "";
      }
    }

    /* A node as it was, or as it is. */
    function dress({ node: { level, symbol }, then, moved, button }, now) {
      const shown = now ? symbol : then;
      const colour = data.colours[shown];
      button.textContent = name(level, shown);
      if (!isClass(level)) Object.assign(button.style, { background: colour, color: ink(colour) });
      button.classList.toggle("changed", now && (moved || symbol !== then));
    }

    /* Shows how the last transformation changes row after row, from the input up. */
    function climb() {
      state.stop();
      state.stop = animate(STEP * (state.task.L + 1), setScene);
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

    /* A node to touch. An input square has no rule of its own: it stands for the tuple that it belongs to. */
    function nodeButton({ node: { level, index, symbol, children } }, side) {
      const below = children.map((child) => name(child.level, child.symbol)).join(" ");
      const kind = isClass(level) ? "Class" : level === 1 ? "Input," : `Level ${level}, symbol`;
      const attributes = {
        type: "button",
        class: isClass(level) ? "node label" : "node",
        style: `top:${rowY(level)}px;width:${side}px;height:${side}px;font-size:${Math.max(11, Math.min(16, side * 0.7))}px`,
        "data-node": `${level},${index}`,
        "aria-label": `${kind} ${name(level, symbol)}, ${below ? `produces ${below}` : "and its tuple"}`,
      };
      const button = html("button", attributes);
      const part = () => (byId("task-swap").checked ? "choices" : "places");
      const touched = level === 1 ? [1, Math.floor(index / state.task.s)] : [level - 1, index];
      button.addEventListener("click", () => transform(part(), ...touched));
      return button;
    }

    function describeTree() {
      const known = symbols(state.task, state.datum);
      const rows = levels().map((level) => `${rowName(level)} ${known[level].map((a) => LETTERS[a]).join(" ")}`);
      return `Tree of a datum, from the top: label ${state.datum.label}; ${rows.join("; ")}.`;
    }

    /* Before and now, to scale, as a network gets them: a row for each symbol, a column for each position. */
    function drawInputs() {
      for (const [id, datum] of [
        ["task-before", state.before],
        ["task-now", state.datum],
      ]) {
        const holder = byId(id);
        // As wide as a tree to scale, so that the columns are below its features.
        const row = 9;
        const tree = byId("task-squeezed").hidden ? byId("task-tree").clientWidth : Infinity;
        holder.parentElement.hidden = !datum;
        if (!datum) continue;
        const width = Math.min(holder.clientWidth, tree);
        const x = input(state.task, datum);
        const strip = svg("svg", { width, height: row * data.v, role: "img", "aria-label": describeInput(x) });
        strip.append(svg("rect", { class: "blank", width, height: row * data.v }));
        const step = width / inputLength(state.task);
        x.forEach((symbol, i) => {
          if (symbol === null) return;
          const cell = { x: i * step, y: symbol * row, width: Math.max(step - (step > 6 ? 1 : 0), 2), height: row };
          strip.append(svg("rect", { ...cell, fill: data.colours[symbol] }));
        });
        holder.replaceChildren(strip);
      }
    }

    function describeInput(x) {
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
      byId("task-undo").disabled = !state.past.length;
      byId("task-replay").disabled = !state.before;
      byId("task-label").textContent = parsed ?? "none";
      byId("task-verdict").textContent = verdict;
      byId("task-text").textContent = state.text;
      byId("task-code").textContent = describeCode(task);
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

    /* The datum of the seed in Python, before anything was done to it. */
    function describeCode({ v, n_c, m, s, L, s0, sparsity }) {
      const task = { v, n_c, m, s, L, s0 };
      const said = Object.entries(task)
        .map(([name, value]) => `${name}=${value}`)
        .join(", ");
      return `SRHM(${said}, sparsity="${sparsity}").sample(1, seed=${state.seed})`;
    }

    for (const id of CONTROLS) byId(`task-${id}`).addEventListener("input", retask);
    const level = () => Number(byId("task-level").value);
    byId("task-new").addEventListener("click", () => renew(state.seed + 1));
    byId("task-undo").addEventListener("click", undo);
    byId("task-replay").addEventListener("click", climb);
    byId("task-exchange").addEventListener("click", () => transform("choices", level()));
    byId("task-displace").addEventListener("click", () => transform("places", level()));
    address.follow(restore);
    restore();
    return draw;
  }

  explore.start(run);
})();
