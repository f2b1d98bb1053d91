/* The scaling laws: every stored P* against a law whose exponents the reader sets. */

(() => {
  "use strict";
  const { html, svg, byId, fill, address, put } = explore;
  const { chart, mark, key, number, around } = explore.chart;
  const { mean, leastSquares, scatter, told, count } = explore.fit;

  // ---- The law

  const powerOf = (law, base) => law.powers.find((power) => power.base === base);

  /* What a law says of a point but for its prefactor. A law is data of the package, srhm.analysis.Law: powers of
     s, s0+1, n_c and m, each of which may be multiplied by the depth L. */
  function grow(law, { s, L, s0, n_c, m }) {
    const bases = { s, "s0+1": s0 + 1, n_c, m };
    const factors = law.powers.map((power) => bases[power.base] ** (power.exponent * (power.per_level ? L : 1)));
    return factors.reduce((product, factor) => product * factor, 1);
  }

  /* The law with the exponents that are set: of s0 + 1, perhaps for each level, and of m for each level. */
  function set(law, { power, depth, synonyms }) {
    const changed = { "s0+1": { exponent: power, per_level: depth }, m: { exponent: synonyms } };
    return { ...law, powers: law.powers.map((one) => ({ ...one, ...changed[one.base] })) };
  }

  const ratios = (law, points) => points.map((point) => point.P_star / grow(law, point));

  /* The exponents nearest to the points, in a law with a fixed power of s0 + 1 or one for each level. An
     exponent that the points do not tell stays as it is. */
  function fit(law, exponents, points, depth) {
    const start = { ...exponents, depth };
    const columns = [
      points.map(() => 1),
      points.map((point) => Math.log(point.s0 + 1) * (depth ? point.L : 1)),
      points.map((point) => Math.log(point.m) * point.L),
    ];
    const [, power, synonyms] = leastSquares(columns, ratios(set(law, start), points).map(Math.log));
    return { power: start.power + power, depth, synonyms: start.synonyms + synonyms };
  }

  explore.scaling = { grow, set, ratios, fit };

  // ---- The page

  const TASK = ["sparsity", "s", "L", "v", "s0"]; // what names a task; n_c and m are the largest that v allows
  const FILTERS = ["way", "sparsity", "s", "L", "v", "s0"];
  const FIRST = { way: "authors' recipe", sparsity: "A", s: "2", L: "all", v: "all", s0: "all" };
  const SIZES = { 1: 4, 2: 5.2, 3: 7.2, 4: 9, 5: 10.5 }; // of a mark, by L

  function run(data) {
    const LAWS = (explore.scaling.LAWS = data.laws);
    const state = { shown: [], selected: null, places: new Map(), axes: null };
    const value = (id) => byId(`scaling-${id}`).value;
    const architecture = () => value("architecture");
    const exponents = () => ({
      power: Number(value("power")),
      depth: byId("scaling-depth").checked,
      synonyms: Number(value("synonyms")),
    });
    const paperExponents = () => {
      const [sparsity, m] = ["s0+1", "m"].map((base) => powerOf(LAWS[architecture()], base));
      return { power: sparsity.exponent, depth: sparsity.per_level, synonyms: m.exponent };
    };
    const task = (point) => TASK.map((field) => point[field]).join();
    /* The points of tasks that the others have too. */
    const common = (points, others) => {
      const tasks = new Set(others.map(task));
      return points.filter((point) => tasks.has(task(point)));
    };
    const ours = () => state.shown.filter((point) => !point.paper);

    /* The law as it is set, its prefactor that of the points shown: ours, or if there are none the paper's. */
    function law() {
      const shaped = set(LAWS[architecture()], exponents());
      const points = ours().length ? ours() : state.shown;
      return { ...shaped, prefactor: points.length ? scatter(ratios(shaped, points)).offset : NaN };
    }

    const predict = (at, point) => at.prefactor * grow(at, point);

    function putExponents({ power, depth, synonyms }) {
      byId("scaling-depth").checked = depth;
      byId("scaling-power").value = power;
      byId("scaling-synonyms").value = synonyms;
    }

    /* Everything as the page opens. */
    function reset() {
      byId("scaling-architecture").value = "CNN";
      byId("scaling-paper").checked = false;
      choose(FIRST);
      putExponents(paperExponents());
      update();
    }

    /* Fill the filters with what there is, and choose of them where that is possible. */
    function choose(wanted) {
      const possible = data.points.filter((point) => point.architecture === architecture() && !point.paper);
      for (const field of FILTERS) {
        const values = [...new Set(possible.map((point) => point[field]))].sort((a, b) => (a < b ? -1 : 1));
        fill(byId(`scaling-${field}`), [["all", "all"], ...values.map((one) => [one, one])]);
        if (wanted[field] !== undefined) put(byId(`scaling-${field}`), wanted[field]);
      }
    }

    /* Another choice of points or of exponents. While a slider is dragged the axes stay. */
    function update(dragging = false) {
      const wanted = FILTERS.map((field) => [field, value(field)]);
      state.shown = data.points.filter(
        (point) =>
          point.architecture === architecture() &&
          (!point.paper || byId("scaling-paper").checked) &&
          wanted.every(
            ([field, one]) => one === "all" || (field === "way" && point.paper) || String(point[field]) === one,
          ),
      );
      fill(byId("scaling-point"), [
        ["", "none"],
        ...state.shown.map((point) => [data.points.indexOf(point), name(point)]),
      ]);
      state.selected = data.points[value("point")] ?? null;
      for (const id of ["power", "synonyms"]) byId(`scaling-${id}-value`).textContent = Number(value(id)).toFixed(2);
      if (!dragging) state.axes = null;
      tell();
      draw();
      remember();
    }

    function remember() {
      const { power, depth, synonyms } = exponents();
      const said = Object.fromEntries(FILTERS.map((field) => [field, value(field)]));
      address.write({ network: architecture(), ...said, paper: byId("scaling-paper").checked, power, depth, synonyms });
    }

    function restore() {
      const said = address.read();
      put(byId("scaling-architecture"), said.get("network"));
      choose(FIRST);
      for (const field of FILTERS) put(byId(`scaling-${field}`), said.get(field));
      byId("scaling-paper").checked = said.get("paper") === "true";
      putExponents(paperExponents());
      for (const id of ["power", "synonyms"]) put(byId(`scaling-${id}`), said.get(id));
      if (said.has("depth")) byId("scaling-depth").checked = said.get("depth") === "true";
      update();
    }

    /* A power for each level in place of a fixed one, or the reverse: the same for the points on average. */
    function convert() {
      const depth = mean(ours().length ? ours().map((point) => point.L) : [1]);
      const power = byId("scaling-power");
      power.value = byId("scaling-depth").checked ? power.value / depth : power.value * depth;
      update();
    }

    // ---- In words

    const title = (p) => `sparsity ${p.sparsity}, s = ${p.s}, L = ${p.L}, s₀ = ${p.s0}, v = ${p.v}`;
    const name = (point) =>
      `${title(point)}${point.paper ? " (paper)" : point.way === "usual rate" ? " (usual rate)" : ""}`;

    /* The law as it is set, how well the points follow it, and how well they could. */
    function tell() {
      const at = law();
      const power = (base) => {
        const { exponent, per_level } = powerOf(at, base);
        return html("sup", {}, exponent.toFixed(2) + (per_level ? " L" : ""));
      };
      const symbol = (text) => html("i", {}, text);
      byId("scaling-law").replaceChildren(
        symbol("P*"),
        ` = ${Number.isFinite(at.prefactor) ? number(at.prefactor) : "C"} `,
        ...(powerOf(at, "s").exponent ? [symbol("s"), power("s"), " "] : []),
        "(",
        symbol("s"),
        html("sub", {}, "0"),
        "+1)",
        power("s0+1"),
        " ",
        symbol("n"),
        html("sub", {}, "c"),
        " ",
        symbol("m"),
        power("m"),
      );
      const mine = ours();
      byId("scaling-scatter").textContent = mine.length ? told(scatter(ratios(at, mine)).spread) : "–";
      byId("scaling-count").textContent = mine.length ? count(mine.length) : "no point of ours";
      const theirs = state.shown.filter((point) => point.paper);
      const shared = common(theirs, mine);
      const [here, there] = [common(mine, theirs), shared].map((points) => scatter(ratios(at, points)));
      byId("scaling-theirs").textContent = shared.length
        ? ` On the ${shared.length} tasks that the paper has too: ours ${told(here.spread)}, the paper's ${told(there.spread)}, ` +
          `on average ${(there.offset / at.prefactor).toFixed(2)} times the line.`
        : "";
      tellFits(mine);
      tellLegend(mine, theirs);
    }

    function tellFits(mine) {
      const plain = LAWS[architecture()];
      const rows = [["the paper's exponents", paperExponents()]];
      if (mine.length > 1) {
        rows.push(["best fit, a fixed power", fit(plain, paperExponents(), mine, false)]);
        rows.push(["best fit, a power times L", fit(plain, { ...paperExponents(), power: 1 }, mine, true)]);
      }
      byId("scaling-fits").replaceChildren(
        ...rows.map(([words, exact]) => {
          const [power, synonyms] = [exact.power, exact.synonyms].map((value) => Number(value.toFixed(2)));
          const exponents = { ...exact, power, synonyms }; // those that the sliders can take, and the row tells
          const button = html("button", { type: "button" }, words);
          button.addEventListener("click", () => {
            putExponents(exponents);
            update();
          });
          const { depth } = exponents;
          const spread = mine.length ? told(scatter(ratios(set(plain, exponents), mine)).spread) : "–";
          const cells = [button, power.toFixed(2) + (depth ? " L" : ""), `${synonyms.toFixed(2)} L`, spread];
          return html("tr", {}, ...cells.map((cell, i) => html(i ? "td" : "th", i ? {} : { scope: "row" }, cell)));
        }),
      );
    }

    const all = (points, field) =>
      [...new Set(points.map((point) => point[field]))].sort((a, b) => a - b || (a < b ? -1 : 1));

    function tellLegend(mine, theirs) {
      const grey = "var(--line)";
      const drawn = (point, hollow) => symbolOf({ v: 3, L: 2, sparsity: "A", s: 2, ...point }, [0, 0], hollow, grey);
      const entry = (parts, ...words) => key(svg("g", {}, ...parts), ...words);
      const shown = state.shown;
      const mixed = (field, odd) => all(mine, field).length > 1 && mine.some((point) => point[field] === odd);
      byId("scaling-legend").replaceChildren(
        ...all(shown, "s0").map((s0) => entry([mark("circle", 6, [0, 0], data.colours[s0])], `s₀ = ${s0}`)),
        ...all(shown, "v").map((v) => entry(drawn({ v }), `v = ${v}`)),
        ...all(shown, "L").map((L) => entry(drawn({ L }), `L = ${L}`)),
        ...(mixed("s", 3) ? [entry(drawn({ s: 3 }), "s = 3")] : []),
        ...(mixed("sparsity", "B") ? [entry(drawn({ sparsity: "B" }), "sparsity B")] : []),
        ...(mixed("way", "usual rate") ? [entry(drawn({ way: "usual rate" }), "usual rate")] : []),
        ...(theirs.length ? [entry(drawn({}, true), "the paper's")] : []),
      );
    }

    function describe(point) {
      const predicted = predict(law(), point);
      const task = `${point.architecture}, ${title(point)}, n_c = ${point.n_c}, m = ${point.m}`;
      const found = `P* = ${number(point.P_star)}, between ${number(point.low)} and ${number(point.high)}`;
      const ratio = `law ${number(predicted)}, ratio ${(point.P_star / predicted).toFixed(2)}`;
      if (point.paper) return `The paper's Fig. ${point.paper}, digitised: ${task}: ${found}; ${ratio}.`;
      const seeds = `over ${point.seeds} seed${point.seeds === 1 ? "" : "s"}`;
      return `${task}: ${found} ${seeds}; ${ratio}. Trained by the ${point.way}, width ${point.width}. To repeat: ${point.command}`;
    }

    // ---- The drawing

    /* A point's mark: colour s0, shape v, size L; an outline tells s = 3 and sparsity B, a dot the usual rate. */
    function symbolOf(point, place, hollow, colour) {
      const shape = data.shapes[point.v];
      const size = SIZES[point.L];
      const drawn = mark(shape, size, place, colour, hollow);
      if (!hollow && point.s === 3) drawn.classList.add("outlined");
      if (!hollow && point.sparsity === "B") drawn.classList.add("dashed");
      const dot = { class: "dot", cx: place[0], cy: place[1], r: size / 3 };
      return point.way === "usual rate" ? [drawn, svg("circle", dot)] : [drawn];
    }

    function draw() {
      const at = law();
      state.places.clear();
      byId("scaling-run").textContent = state.selected ? describe(state.selected) : "Tap a point, or choose one above.";
      for (const id of ["chart", "residuals"]) byId(`scaling-${id}`).replaceChildren();
      if (!state.shown.length) {
        byId("scaling-chart").append(html("p", {}, "No stored point of this choice."));
        return;
      }
      const measured = state.shown.flatMap((point) => [point.low, point.high]);
      const predicted = state.shown.map((point) => predict(at, point));
      const residuals = state.shown.map((point, i) => point.P_star / predicted[i]);
      const reach = Math.max(2, ...residuals, ...residuals.map((ratio) => 1 / ratio)) * 1.15;
      state.axes ??= { law: around([...measured, ...predicted]), ratio: { low: 1 / reach, high: reach } };
      drawLaw(at);
      drawResiduals(at);
    }

    function drawLaw(at) {
      const holder = byId("scaling-chart");
      const height = Math.round(Math.min(460, Math.max(320, holder.clientWidth * 0.7)));
      const axis = { ...state.axes.law, log: true };
      const plot = chart(holder, height, { ...axis, title: "P* by the law" }, { ...axis, title: "P* measured" });
      const [low, high] = [axis.low, axis.high];
      plot.area.append(
        svg("line", { class: "law", x1: plot.x(low), y1: plot.y(low), x2: plot.x(high), y2: plot.y(high) }),
      );
      const place = (point) => [plot.x(predict(at, point)), plot.y(point.P_star)];
      drawPoints(plot, holder, place, (point) => [plot.y(point.low), plot.y(point.high)]);
      const range = (values) => `${number(Math.min(...values))} to ${number(Math.max(...values))}`;
      const spread = ours().length ? `; ours scatter by a factor ${told(scatter(ratios(at, ours())).spread)}` : "";
      const words = `P* from ${range(state.shown.map((point) => point.P_star))} against the law, on logarithmic axes`;
      plot.drawing.setAttribute("aria-label", `${count(state.shown.length)}: ${words}${spread}.`);
    }

    const AGAINST = {
      sparsity: [(point) => point.s0 + 1, "s₀ + 1"],
      synonyms: [(point) => point.m, "m"],
      depth: [(point) => point.L, "L"],
    };

    /* P* over the law. Points that share an abscissa stand a little apart. */
    function drawResiduals(at) {
      const holder = byId("scaling-residuals");
      const [read, words] = AGAINST[value("against")];
      const x = { ...around(state.shown.map(read), 1.2), log: true, title: words };
      const y = { ...state.axes.ratio, log: true, title: "P* over the law" };
      const plot = chart(holder, 260, x, y);
      plot.area.append(svg("line", { class: "law", x1: plot.left, x2: plot.right, y1: plot.y(1), y2: plot.y(1) }));
      const met = new Map();
      const aside = (point) => {
        const turn = met.get(read(point)) ?? 0;
        met.set(read(point), turn + 1);
        return 7 * ((turn % 2 ? 1 : -1) * Math.ceil((turn % 7) / 2));
      };
      const shifts = new Map(state.shown.map((point) => [point, aside(point)]));
      const ratio = (point) => point.P_star / predict(at, point);
      const place = (point) => [plot.x(read(point)) + shifts.get(point), plot.y(ratio(point))];
      drawPoints(plot, holder, place, (point) =>
        [point.low, point.high].map((end) => plot.y(end / predict(at, point))),
      );
      plot.drawing.setAttribute("aria-label", `${count(state.shown.length)}: P* over the law, against ${words}.`);
    }

    function drawPoints(plot, holder, place, interval) {
      const places = new Map(state.shown.map((point) => [point, place(point)]));
      state.places.set(holder, places);
      for (const point of [...state.shown].sort((a, b) => Boolean(b.paper) - Boolean(a.paper))) {
        const [left, top] = places.get(point);
        const [y1, y2] = interval(point);
        if (!point.paper) plot.area.append(svg("line", { class: "interval", x1: left, x2: left, y1, y2 }));
        plot.area.append(...symbolOf(point, [left, top], Boolean(point.paper), data.colours[point.s0]));
        if (point === state.selected) plot.area.append(svg("circle", { class: "ring", cx: left, cy: top, r: 13 }));
      }
    }

    function select(point) {
      if (point === state.selected) return;
      byId("scaling-point").value = point ? data.points.indexOf(point) : "";
      state.selected = point;
      draw();
    }

    /* The point nearest to the pointer, as fingers are wider than marks. */
    function aim(event) {
      const places = state.places.get(event.currentTarget);
      if (!places) return;
      const box = event.currentTarget.getBoundingClientRect();
      const distance = ([x, y]) => Math.hypot(x - (event.clientX - box.left), y - (event.clientY - box.top));
      const [point, place] = [...places].reduce((a, b) => (distance(b[1]) < distance(a[1]) ? b : a));
      if (distance(place) < 24) select(point);
    }

    for (const id of ["chart", "residuals"]) {
      const holder = byId(`scaling-${id}`);
      holder.addEventListener("pointermove", (event) => event.pointerType === "mouse" && aim(event));
      holder.addEventListener("click", aim);
    }
    byId("scaling-architecture").addEventListener("input", () => {
      choose({});
      putExponents(paperExponents());
      update();
    });
    byId("scaling-reset").addEventListener("click", reset);
    byId("scaling-depth").addEventListener("input", convert);
    for (const id of ["paper", ...FILTERS]) byId(`scaling-${id}`).addEventListener("input", () => update());
    for (const id of ["power", "synonyms"]) {
      byId(`scaling-${id}`).addEventListener("input", () => update(true));
      byId(`scaling-${id}`).addEventListener("change", () => update());
    }
    byId("scaling-against").addEventListener("input", draw);
    byId("scaling-point").addEventListener("input", ({ target }) => select(data.points[target.value] ?? null));
    address.follow(restore);
    restore();
    return draw;
  }

  explore.start(run, byId("explore-scaling"));
})();
