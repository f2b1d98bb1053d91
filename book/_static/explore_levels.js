/* Blanks at some levels only: what they cost, against a power of each level. */

(() => {
  "use strict";
  const { html, svg, byId, fill, address, put } = explore;
  const { chart, key, around, number } = explore.chart;
  const { mean, leastSquares, count } = explore.fit;

  // ---- The law

  /* The columns of the law of a point: log(s0 + 1) of each level and, for the levels that have blanks together,
     the sum of sqrt(x_l x_k) over pairs, as in srhm/analysis/levels.py. */
  function terms({ blanks }) {
    const x = blanks.map((s0) => Math.log(s0 + 1));
    const pairs = x.flatMap((one, l) => x.slice(l + 1).map((other) => Math.sqrt(one * other)));
    return [...x, pairs.reduce((sum, pair) => sum + pair, 0)];
  }

  const cost = (powers, point) => Math.exp(terms(point).reduce((sum, x, i) => sum + x * powers[i], 0));

  /* The factor by which points lie off the law: e to the root mean square of the logarithms. */
  const distance = (powers, points) =>
    Math.exp(Math.sqrt(mean(points.map((point) => Math.log(point.ratio / cost(powers, point)) ** 2))));

  /* The powers nearest to the points; without `together` the costs of levels multiply. */
  function fit(points, together) {
    const columns = points.map(terms);
    const used = columns[0].map((_, i) => columns.map((row) => (i < columns[0].length - 1 || together ? row[i] : 0)));
    return leastSquares(
      used,
      points.map((point) => Math.log(point.ratio)),
    );
  }

  explore.levels = { terms, cost, distance, fit };

  // ---- The page

  const NAMES = ["level 1, the input", "level 2", "level 3"];

  function run({ levels: points, colours }) {
    const state = { axes: null };
    const value = (id) => byId(`levels-${id}`).value;
    const L = () => Number(value("L"));
    const shown = () => points.filter((point) => point.architecture === value("architecture") && point.L === L());
    const sliders = () => [...Array.from({ length: L() }, (_, i) => `power-${i + 1}`), "together"];
    const powers = () => sliders().map((id) => Number(value(id)));

    function putPowers(wanted) {
      sliders().forEach((id, i) => (byId(`levels-${id}`).value = wanted[i]));
      update();
    }

    const multiplied = () => [...new Array(L()).fill(1), 0];

    /* The depths that a network was trained at, and a slider for each level. */
    function choose() {
      const depths = new Set(
        points.filter((point) => point.architecture === value("architecture")).map((point) => point.L),
      );
      fill(
        byId("levels-L"),
        [...depths].sort().map((depth) => [depth, depth]),
      );
      byId("levels-power-3").closest("label").hidden = L() < 3;
    }

    function update(dragging = false) {
      for (const id of sliders()) byId(`levels-${id}-value`).textContent = Number(value(id)).toFixed(2);
      if (!dragging) state.axes = null;
      tell();
      draw();
      address.write({ levels: value("architecture"), depth_of_levels: L(), powers: powers().join(" ") });
    }

    function restore() {
      const said = address.read();
      put(byId("levels-architecture"), said.get("levels"));
      choose();
      put(byId("levels-L"), said.get("depth_of_levels"));
      choose();
      const wanted = (said.get("powers") ?? "").split(" ").map(Number);
      putPowers(wanted.length === L() + 1 && wanted.every(Number.isFinite) ? wanted : multiplied());
    }

    function tell() {
      const mine = shown();
      byId("levels-distance").textContent = distance(powers(), mine).toFixed(2);
      byId("levels-count").textContent = count(mine.length);
      const rows = [
        ["a factor s₀ + 1 for each level", multiplied()],
        ["best fit, levels multiply", fit(mine, false)],
        ["best fit, all powers", fit(mine, true)],
      ];
      byId("levels-fits").replaceChildren(
        ...rows.map(([words, exact]) => {
          const wanted = exact.map((power) => Number(power.toFixed(2))); // those that the sliders can take
          const button = html("button", { type: "button" }, words);
          button.addEventListener("click", () => putPowers(wanted));
          const each = wanted
            .slice(0, -1)
            .map((power) => power.toFixed(2))
            .join(", ");
          const cells = [button, each, wanted.at(-1).toFixed(2), distance(wanted, mine).toFixed(2)];
          return html("tr", {}, ...cells.map((cell, i) => html(i ? "td" : "th", i ? {} : { scope: "row" }, cell)));
        }),
      );
      const s0s = [...new Set(mine.map((point) => Math.max(...point.blanks)))].sort();
      const tower = (blanks, colour) => svg("g", {}, ...towerOf(blanks, [0, 0], colour));
      const only = (l) => Array.from({ length: L() }, (_, i) => Number(i === l));
      byId("levels-legend").replaceChildren(
        ...s0s.map((s0) => key(svg("circle", { r: 6, fill: colours[s0] }), `s₀ = ${s0}`)),
        ...only(0).map((_, l) => key(tower(only(l), "var(--line)"), `blanks at ${NAMES[l]}`)),
      );
    }

    /* A small tower of boxes, level 1 the lowest; those of levels with blanks are filled. */
    function towerOf(blanks, [left, top], colour) {
      const [wide, high] = [9, 6];
      return blanks.map((s0, l) =>
        svg("rect", {
          class: "storey",
          x: (left - wide / 2).toFixed(1),
          y: (top + (blanks.length / 2 - l - 1) * high).toFixed(1),
          width: wide,
          height: high,
          style: `stroke:${colour};fill:${s0 ? colour : "var(--pst-color-background)"}`,
        }),
      );
    }

    function draw() {
      const mine = shown();
      const at = powers();
      const holder = byId("levels-chart");
      const height = Math.round(Math.min(420, Math.max(320, holder.clientWidth * 0.65)));
      state.axes ??= around(
        [...mine.flatMap((point) => [point.low, point.high]), ...mine.map((point) => cost(at, point))],
        1.25,
      );
      const axis = { ...state.axes, log: true };
      const words = "with blanks over P* without";
      const plot = chart(
        holder,
        height,
        { ...axis, title: `P* ${words}, by the law` },
        { ...axis, title: `P* ${words}` },
      );
      const [low, high] = [axis.low, axis.high];
      plot.area.append(
        svg("line", { class: "law", x1: plot.x(low), y1: plot.y(low), x2: plot.x(high), y2: plot.y(high) }),
      );
      for (const point of mine) {
        const left = plot.x(cost(at, point));
        plot.area.append(
          svg("line", { class: "interval", x1: left, x2: left, y1: plot.y(point.low), y2: plot.y(point.high) }),
        );
        const about = `${value("architecture")}, v = ${point.v}, blanks ${point.blanks.join(", ")} at levels 1 to ${L()}: ${number(point.ratio)} times`;
        const tower = svg(
          "g",
          {},
          svg("title", {}, about),
          ...towerOf(point.blanks, [left, plot.y(point.ratio)], colours[Math.max(...point.blanks)]),
        );
        plot.area.append(tower);
      }
      const told = `${count(mine.length)}: P* ${words} against the law, a factor ${distance(at, mine).toFixed(2)} apart.`;
      plot.drawing.setAttribute("aria-label", told);
    }

    byId("levels-architecture").addEventListener("input", () => {
      choose();
      putPowers(multiplied());
    });
    byId("levels-L").addEventListener("input", () => {
      choose();
      putPowers(multiplied());
    });
    for (const id of ["power-1", "power-2", "power-3", "together"]) {
      byId(`levels-${id}`).addEventListener("input", () => update(true));
      byId(`levels-${id}`).addEventListener("change", () => update());
    }
    address.follow(restore);
    restore();
    return draw;
  }

  explore.start(run, byId("explore-levels"));
})();
