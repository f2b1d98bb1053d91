/* The scaling laws: every stored P* against a law whose exponents the reader sets. */

(() => {
  "use strict";
  const { html, svg, byId, fill } = explore;

  // ---- The law

  /* A law is data of the package, srhm.analysis.Law: a prefactor, and powers of s, s0+1, n_c and m, each of
     which may be multiplied by the depth L. */
  function predict(law, { s, L, s0, n_c, m }) {
    const bases = { s, "s0+1": s0 + 1, n_c, m };
    const factors = law.powers.map((power) => bases[power.base] ** (power.exponent * (power.per_level ? L : 1)));
    return factors.reduce((product, factor) => product * factor, law.prefactor);
  }

  const powerOf = (law, base) => law.powers.find((power) => power.base === base);

  /* The law with other powers of some bases. */
  function change(law, powers) {
    return { ...law, powers: law.powers.map((power) => ({ ...power, ...powers[power.base] })) };
  }

  /* The factor by which points lie above the law (geometric mean) and the factor by which they scatter
     about that line: 10 to the root mean square of the decimal logarithms. */
  function scatter(law, points) {
    const logs = points.map((point) => Math.log10(point.P_star / predict(law, point)));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length;
    return { offset: 10 ** mean, spread: 10 ** Math.sqrt(variance) };
  }

  explore.scaling = { predict, scatter };

  // ---- The drawing

  const FILTERS = ["sparsity", "s", "L", "v", "s0"];
  const MARGIN = { left: 52, right: 12, top: 12, bottom: 44 };
  const SHAPES = {
    2: "M5,0A5,5,0,1,1,-5,0A5,5,0,1,1,5,0Z", // circle
    3: "M-4.5,-4.5H4.5V4.5H-4.5Z", // square
    4: "M0,-6L5.6,4H-5.6Z", // triangle
    5: "M0,-6.3L5.4,0L0,6.3L-5.4,0Z", // diamond
  };
  const CROSS = "M-4,-4L4,4M-4,4L4,-4";

  const number = (x) => Number(x.toPrecision(3)).toLocaleString("en");
  const short = (x) => (x >= 1e6 ? `${x / 1e6}M` : x >= 1e3 ? `${x / 1e3}k` : String(x));

  /* Ticks of a logarithmic axis: powers of ten, and 2 and 5 times these where they are few. */
  function ticks(low, high) {
    const steps = high / low < 60 ? [1, 2, 5] : [1];
    const found = [];
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
      found.push(...steps.map((step) => step * 10 ** power).filter((x) => x >= low && x <= high));
    }
    return found;
  }

  function run(data) {
    const LAWS = (explore.scaling.LAWS = data.laws);
    const state = { shown: [], selected: null, place: null };
    const architecture = () => byId("scaling-architecture").value;
    const law = () =>
      change(LAWS[architecture()], {
        "s0+1": { exponent: Number(byId("scaling-power").value), per_level: byId("scaling-depth").checked },
        m: { exponent: Number(byId("scaling-synonyms").value) },
      });
    const colour = (s0) => data.colours[s0];
    const keep = (point) =>
      point.architecture === architecture() && (!point.paper || byId("scaling-paper").checked);
    const title = (p) => `sparsity ${p.sparsity}, s = ${p.s}, L = ${p.L}, s₀ = ${p.s0}, v = ${p.v}`;

    /* The paper's exponents, and the values that there are to choose from. */
    function reset() {
      const sparsity = powerOf(LAWS[architecture()], "s0+1");
      byId("scaling-power").value = sparsity.exponent;
      byId("scaling-depth").checked = sparsity.per_level;
      byId("scaling-synonyms").value = powerOf(LAWS[architecture()], "m").exponent;
      update();
    }

    function update() {
      const possible = data.points.filter(keep);
      for (const field of FILTERS) {
        const values = [...new Set(possible.map((point) => point[field]))].sort((a, b) => (a < b ? -1 : 1));
        fill(byId(`scaling-${field}`), [["all", "all"], ...values.map((value) => [value, value])]);
      }
      const wanted = FILTERS.map((field) => [field, byId(`scaling-${field}`).value]);
      state.shown = possible.filter((point) =>
        wanted.every(([field, value]) => value === "all" || String(point[field]) === value),
      );
      const options = state.shown.map((point) => [data.points.indexOf(point), name(point)]);
      fill(byId("scaling-point"), [["", "none"], ...options]);
      state.selected = data.points[byId("scaling-point").value] ?? null;
      for (const id of ["scaling-power", "scaling-synonyms"]) {
        byId(`${id}-value`).textContent = Number(byId(id).value).toFixed(2);
      }
      const ours = state.shown.filter((point) => !point.paper);
      tell(ours, scatter(law(), ours));
      draw();
    }

    const name = (point) => `${title(point)}${point.paper ? " (paper)" : ""}`;

    function draw() {
      drawChart(state.shown.filter((point) => !point.paper));
      byId("scaling-run").textContent = state.selected ? describe(state.selected) : "Tap a point, or choose one above.";
    }

    function drawChart(ours) {
      const { offset } = scatter(law(), ours);
      const holder = byId("scaling-chart");
      const width = holder.clientWidth;
      const height = Math.round(Math.min(440, Math.max(300, width * 0.75)));
      const chart = svg("svg", { width, height, role: "img" });
      holder.replaceChildren(chart);
      state.place = null;
      const points = state.shown;
      if (!points.length) {
        chart.setAttribute("aria-label", "No points of this choice.");
        chart.append(svg("text", { x: MARGIN.left, y: height / 2 }, "No stored point of this choice."));
        return;
      }
      const at = law();
      const scale = (values, from, to) => {
        const [low, high] = [Math.min(...values) / 1.5, Math.max(...values) * 1.5];
        const slope = (to - from) / Math.log(high / low);
        return Object.assign((value) => from + slope * Math.log(value / low), { low, high });
      };
      const x = scale(points.map((point) => predict(at, point)), MARGIN.left, width - MARGIN.right);
      const y = scale(points.flatMap((p) => [p.low, p.high]), height - MARGIN.bottom, MARGIN.top);
      drawAxes(chart, x, y, width, height);
      if (ours.length) {
        const clip = [Math.max(x.low, y.low / offset), Math.min(x.high, y.high / offset)];
        const [x1, x2] = clip.map(x);
        const [y1, y2] = clip.map((value) => y(value * offset));
        if (clip[0] < clip[1]) chart.append(svg("line", { class: "law", x1, x2, y1, y2 }));
      }
      state.place = (point) => [x(predict(at, point)), y(point.P_star)];
      for (const point of [...points].sort((a, b) => Boolean(b.paper) - Boolean(a.paper))) {
        chart.append(...marks(point, y));
      }
      chart.setAttribute("aria-label", describeChart(points, ours));
    }

    function describeChart(points, ours) {
      const range = (values) => `${number(Math.min(...values))} to ${number(Math.max(...values))}`;
      const measured = range(points.map((point) => point.P_star));
      const predicted = range(points.map((point) => predict(law(), point)));
      const spread = `; ours scatter by a factor ${scatter(law(), ours).spread.toFixed(2)} about the dashed line`;
      const axes = `P* from ${measured}, predicted ${predicted}, on logarithmic axes`;
      return `${points.length} points: ${axes}${ours.length ? spread : ""}.`;
    }

    function drawAxes(chart, x, y, width, height) {
      const [bottom, right] = [height - MARGIN.bottom, width - MARGIN.right];
      for (const value of ticks(x.low, x.high)) {
        const at = x(value);
        chart.append(svg("line", { class: "grid", x1: at, x2: at, y1: MARGIN.top, y2: bottom }));
        chart.append(svg("text", { x: at, y: bottom + 18, "text-anchor": "middle" }, short(value)));
      }
      for (const value of ticks(y.low, y.high)) {
        const at = y(value);
        chart.append(svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: at, y2: at }));
        chart.append(svg("text", { x: MARGIN.left - 8, y: at + 4, "text-anchor": "end" }, short(value)));
      }
      const middle = (MARGIN.left + right) / 2;
      chart.append(svg("text", { x: middle, y: height - 6, "text-anchor": "middle" }, "predicted by the law"));
      chart.append(svg("text", { x: MARGIN.left + 6, y: MARGIN.top + 12 }, "P*"));
    }

    function marks(point, y) {
      const [left, top] = state.place(point);
      const move = `translate(${left},${top})`;
      const ring = point === state.selected ? [svg("circle", { class: "ring", r: 11, transform: move })] : [];
      if (point.paper) return [...ring, svg("path", { class: "paper", d: CROSS, transform: move })];
      return [
        svg("line", { class: "interval", x1: left, x2: left, y1: y(point.low), y2: y(point.high) }),
        svg("path", { class: "ours", d: SHAPES[point.L], fill: colour(point.s0), transform: move }),
        ...ring,
      ];
    }

    /* The law as it is set, and how well the points follow it. */
    function tell(ours, { offset, spread }) {
      const at = law();
      const power = (base) => {
        const { exponent, per_level } = powerOf(at, base);
        return html("sup", {}, exponent.toFixed(2) + (per_level ? " L" : ""));
      };
      const symbol = (text) => html("i", {}, text);
      byId("scaling-law").replaceChildren(
        symbol("P*"), ` = ${at.prefactor === 1 ? "" : `${at.prefactor} `}`,
        ...(powerOf(at, "s").exponent ? [symbol("s"), power("s"), " "] : []),
        "(", symbol("s"), html("sub", {}, "0"), "+1)", power("s0+1"), " ",
        symbol("n"), html("sub", {}, "c"), " ", symbol("m"), power("m"),
      );
      byId("scaling-scatter").textContent = ours.length ? spread.toFixed(2) : "–";
      byId("scaling-offset").textContent = ours.length
        ? `${ours.length} points, on average ${offset.toFixed(2)} times the law`
        : "no point of ours";
      const theirs = state.shown.filter((point) => point.paper);
      byId("scaling-theirs").textContent = theirs.length
        ? `; the paper's ${theirs.length}: ${scatter(at, theirs).spread.toFixed(2)}`
        : "";
      const s0s = [...new Set(ours.map((point) => point.s0))];
      const depths = [...new Set(ours.map((point) => point.L))];
      const box = { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" };
      const key = (mark, text) => html("span", {}, svg("svg", box, mark), text);
      byId("scaling-legend").replaceChildren(
        ...s0s.sort().map((s0) => key(svg("path", { class: "ours", d: SHAPES[2], fill: colour(s0) }), `s₀ = ${s0}`)),
        ...depths.sort().map((L) => key(svg("path", { class: "hollow", d: SHAPES[L] }), `L = ${L}`)),
        ...(theirs.length ? [key(svg("path", { class: "paper", d: CROSS }), "paper")] : []),
      );
    }

    function describe(point) {
      const predicted = predict(law(), point);
      const task = `${point.architecture}, ${title(point)}, n_c = ${point.n_c}, m = ${point.m}`;
      const value = `P* = ${number(point.P_star)}, between ${number(point.low)} and ${number(point.high)}`;
      const ratio = `law ${number(predicted)}, ratio ${(point.P_star / predicted).toFixed(2)}`;
      if (point.paper) return `The paper's Fig. ${point.paper}, digitised: ${task}: ${value}; ${ratio}.`;
      return `${task}: ${value} over ${point.seeds} seeds; ${ratio}. Width ${point.width}. To repeat: ${point.command}`;
    }

    function select(point) {
      if (point === state.selected) return;
      byId("scaling-point").value = point ? data.points.indexOf(point) : "";
      state.selected = point;
      draw();
    }

    /* The point nearest to the pointer, as fingers are wider than marks. */
    function aim(event) {
      if (!state.place) return;
      const box = byId("scaling-chart").getBoundingClientRect();
      const distance = (point) => {
        const [x, y] = state.place(point);
        return Math.hypot(x - (event.clientX - box.left), y - (event.clientY - box.top));
      };
      const nearest = state.shown.reduce((a, b) => (distance(b) < distance(a) ? b : a));
      if (distance(nearest) < 24) select(nearest);
    }

    const chart = byId("scaling-chart");
    chart.addEventListener("pointermove", (event) => event.pointerType === "mouse" && aim(event));
    chart.addEventListener("click", aim);
    byId("scaling-architecture").addEventListener("input", reset);
    byId("scaling-reset").addEventListener("click", reset);
    for (const id of ["power", "depth", "synonyms", "paper", ...FILTERS]) {
      byId(`scaling-${id}`).addEventListener("input", update);
    }
    byId("scaling-point").addEventListener("input", ({ target }) => select(data.points[target.value] ?? null));
    reset();
    return draw;
  }

  explore.start(run);
})();
