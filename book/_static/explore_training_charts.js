/* What the reader sees of a training: curves by epoch, the map of data, and the stored runs along P. */

(() => {
  "use strict";
  const { html, svg, byId } = explore;
  const { chart, mark, path, key, number } = explore.chart;

  const EPOCHS = [20, 50, 100, 200, 500, 1000];
  const percent = (x) => `${(100 * x).toFixed(x < 0.1 ? 1 : 0)} %`;
  const share = (x) => String(Number(x.toFixed(2)));

  /* The quantities that fall: how to read them from an epoch, how they are called and drawn. */
  const LINES = [
    { name: "error", words: ["test error"], shape: "circle", read: (record) => record.error },
    {
      name: "S",
      words: [html("i", {}, "S"), html("sub", {}, "2"), " (synonyms)"],
      shape: "square",
      read: (record) => record.S[1],
    },
    {
      name: "D",
      words: [html("i", {}, "D"), html("sub", {}, "2"), " (displacements)"],
      shape: "triangle",
      read: (record) => record.D?.[1],
    },
  ];

  /* The stored runs of a network on the task with these rules. */
  explore.storedCurve = (data, { architecture, s0, seed }) =>
    data.stored.find((curve) => curve.architecture === architecture && curve.s0 === s0 && curve.seed === seed);

  function drawLine(area, scales, points, line, thin = false) {
    if (points.length < 2) return;
    const at = points.map(([x, y]) => [scales.x(x), scales.y(y)]);
    area.append(svg("path", { class: `line ${line.name}${thin ? " thin" : ""}`, d: path(at) }));
  }

  const epochAxis = (epochs) => ({
    low: 0,
    high: EPOCHS.find((most) => most >= epochs) ?? EPOCHS.at(-1),
    title: "epoch",
  });

  function drawLoss(losses, threshold) {
    const y = {
      low: threshold / 2,
      high: 3,
      log: true,
      title: "training loss",
      show: (value) => String(Number(value.toPrecision(1))),
    };
    const plot = chart(byId("training-loss"), 230, epochAxis(losses.length), y);
    const at = plot.y(threshold);
    plot.area.append(svg("line", { class: "limit", x1: plot.left, x2: plot.right, y1: at, y2: at }));
    drawLine(
      plot.area,
      plot,
      losses.map((loss, i) => [i + 1, loss]),
      { name: "loss" },
    );
    const told = losses.length ? `It is ${number(losses.at(-1))} after epoch ${losses.length}.` : "No epoch yet.";
    plot.drawing.setAttribute("aria-label", `Training loss by epoch, on a logarithmic axis. ${told}`);
  }

  function drawFalling(records) {
    const plot = chart(byId("training-falling"), 230, epochAxis(records.at(-1)?.epoch ?? 0), {
      low: 0,
      high: 1.05,
      title: "test error, S, D",
      show: share,
    });
    plot.area.append(svg("line", { class: "limit", x1: plot.left, x2: plot.right, y1: plot.y(0.1), y2: plot.y(0.1) }));
    const told = [];
    for (const line of LINES) {
      const points = records.map((record) => [record.epoch, line.read(record)]).filter(([, y]) => Number.isFinite(y));
      drawLine(plot.area, plot, points, line);
      if (!points.length) continue;
      const [epoch, last] = points.at(-1);
      plot.area.append(mark(line.shape, 4.5, [plot.x(epoch), plot.y(last)], `var(--${line.name})`));
      told.push(`${line.name === "error" ? "test error" : `${line.name} of layer 2`} ${last.toFixed(2)}`);
    }
    const now = records.length ? ` After epoch ${records.at(-1).epoch}: ${told.join(", ")}.` : "";
    plot.drawing.setAttribute("aria-label", `Test error and sensitivities by epoch.${now}`);
  }

  const REACH = 2.1; // of the map from its middle, where the cloud's mean square is 1

  /* A map: the worker's points are a datum of each class, their synonyms, their displaced copies, the cloud. */
  function drawMap(id, data, points, cloud, blanks, { layer, label }) {
    const holder = byId(id);
    const side = holder.clientWidth;
    const unit = side / (2 * REACH);
    const drawing = svg("svg", { width: side, height: side, role: "img" });
    const told = `Layer ${layer}: a datum of class ${label}, its synonyms and its displaced copies among other data.`;
    drawing.setAttribute("aria-label", told);
    drawing.append(svg("rect", { class: "blank map", width: side, height: side }));
    holder.replaceChildren(drawing);
    if (!points) return;
    const at = points.map(([x, y]) => [side / 2 + x * unit, side / 2 - y * unit]);
    at.slice(-cloud.length).forEach(([cx, cy], i) => {
      drawing.append(svg("circle", { class: "cloud", cx, cy, r: 3.5, fill: data.colours[cloud[i]] }));
    });
    const classes = data.task.n_c;
    const copies = (points.length - classes - cloud.length) / 2 / classes;
    const copiesOf = (group) => at.slice(classes + (group * classes + label) * copies).slice(0, copies);
    const [x1, y1] = at[label];
    const groups = [["square", copiesOf(0)], ...(blanks ? [["triangle", copiesOf(1)]] : [])];
    for (const [x2, y2] of groups.flatMap(([, places]) => places))
      drawing.append(svg("line", { class: "spoke", x1, y1, x2, y2 }));
    for (const [shape, places] of groups) drawing.append(...places.map((place) => copyMark(shape, place)));
    drawing.append(svg("circle", { class: "datum", cx: x1, cy: y1, r: 8, fill: data.colours[label] }));
  }

  function copyMark(shape, place) {
    const drawn = mark(shape, 5, place, "var(--pst-color-text-base)", true);
    drawn.classList.add("copy");
    return drawn;
  }

  /* The stored runs along P, of these rules and, thin, of the others; where the page's own runs ended. */
  function drawStored(data, state, setting) {
    const sizes = data.stored.filter((curve) => curve.s0 === setting.s0).flatMap((curve) => curve.P);
    const [low, high] = [Math.min(...sizes, data.sizes[0]), Math.max(...sizes, data.sizes.at(-1))];
    const x = { low: low / 1.15, high: high * 1.15, log: true, title: "training-set size P" };
    const plot = chart(byId("training-stored"), 280, x, { low: 0, high: 1.05, title: "test error, S, D", show: share });
    const chosen = explore.storedCurve(data, setting);
    const others = data.stored.filter(
      (curve) => curve.architecture === setting.architecture && curve.s0 === setting.s0 && curve !== chosen,
    );
    const column = (curve, line) =>
      curve.P.map((P, i) => [P, curve[line.name]?.[i]]).filter(([, y]) => Number.isFinite(y));
    for (const line of LINES) for (const curve of others) drawLine(plot.area, plot, column(curve, line), line, true);
    const upright = (P, name) => {
      const at = plot.x(P);
      plot.drawing.append(svg("line", { class: name, x1: at, x2: at, y1: plot.top, y2: plot.bottom }));
    };
    upright(chosen.P_star, "star");
    const star = svg("text", { class: "label", x: plot.x(chosen.P_star) + 5, y: plot.top + 12 }, "P*");
    upright(setting.P, "now");
    plot.drawing.append(star);
    for (const line of LINES) drawLine(plot.area, plot, column(chosen, line), line);
    const same = state.ended.filter((end) =>
      ["architecture", "s0", "seed"].every((name) => end[name] === setting[name]),
    );
    for (const end of same) {
      for (const line of LINES) {
        const y = line.read(end);
        if (Number.isFinite(y))
          plot.area.append(mark(line.shape, 5.5, [plot.x(end.P), plot.y(y)], `var(--${line.name})`, true));
      }
    }
    const count = same.length ? ` ${same.length} of your runs shown.` : "";
    const told = `Stored runs: test error, S and D of layer 2 against P; P* = ${number(chosen.P_star)}.${count}`;
    plot.drawing.setAttribute("aria-label", told);
    byId("training-star").textContent = number(chosen.P_star);
    byId("training-ratio").textContent = (setting.P / chosen.P_star).toFixed(2);
  }

  /* The maps that the page holds of its smallest size and of that nearest to P, at the last hidden layer. */
  function drawStoredMaps(data, setting, label) {
    const held = data.maps.find(({ architecture, s0 }) => architecture === setting.architecture && s0 === setting.s0);
    const distance = ({ P }) => Math.abs(Math.log(P / setting.P));
    const nearest = held.maps.reduce((best, map) => (distance(map) < distance(best) ? map : best));
    const shown = { layer: data.task.L, label };
    for (const [name, { P, points }] of Object.entries({ few: held.maps[0], near: nearest })) {
      const places = points.map(([x, y]) => [x / 100, y / 100]);
      drawMap(`training-${name}-map`, data, places, held.cloud, setting.s0 > 0, shown);
      byId(`training-${name}-P`).textContent = P.toLocaleString("en");
    }
    byId("training-stored-seed").textContent = held.seed;
  }

  function drawLegends(blanks) {
    const lines = LINES.filter((line) => blanks || line.name !== "D");
    const legend = (hollow) =>
      lines.map((line) =>
        key(
          mark(line.shape, 5, [0, 0], `var(--${line.name})`, hollow),
          ...line.words.map((word) => word.cloneNode?.(true) ?? word),
        ),
      );
    byId("training-key").replaceChildren(...legend(false), key(svg("line", { class: "limit", x1: -9, x2: 9 }), "10 %"));
    byId("training-stored-key").replaceChildren(...legend(true), html("span", {}, "(hollow: your runs)"));
    byId("training-map-key").replaceChildren(
      key(svg("circle", { class: "datum", r: 6, fill: "none" }), "a datum"),
      key(copyMark("square", [0, 0]), "its synonyms"),
      ...(blanks ? [key(copyMark("triangle", [0, 0]), "its displaced copies")] : []),
      key(svg("circle", { class: "cloud", r: 4, fill: "var(--line)" }), "other data, coloured by class"),
    );
  }

  /* How it stands, in words; spoken only when training has ended. */
  function tell(state, threshold) {
    const last = state.records.at(-1);
    const [now, verdict] = [byId("training-now"), byId("training-verdict")];
    if (!last) {
      now.textContent = "Drawing the task and the initial weights …";
      verdict.textContent = "";
      return;
    }
    const seen = `S₂ = ${last.S[1].toFixed(2)}${last.D ? `, D₂ = ${last.D[1].toFixed(2)}` : ""}`;
    const loss = last.epoch ? `training loss ${number(state.losses.at(-1))}, ` : "";
    now.textContent = `Epoch ${last.epoch}: ${loss}test error ${percent(last.error)}, ${seen}.`;
    const [first] = state.records;
    const change = (letter) => `${letter}₂ went from ${first[letter][1].toFixed(2)} to ${last[letter][1].toFixed(2)}`;
    const changes = `${[change("S"), ...(last.D ? [change("D")] : [])].join(", ")}.`;
    const ends = {
      "": "",
      converged:
        last.error <= 0.1
          ? `Learnt: the test error is below the 10 % that define P*. ${changes}`
          : `Not learnt: the training loss is below ${threshold}, yet ${percent(last.error)} of new data are classified wrongly. ${changes}`,
      max_epochs: `Stopped: the training loss has not reached ${threshold} within the epochs allowed.`,
      dead: "Stopped: all units of the last layer are off, so nothing changes any more. Try a smaller rate.",
      failed: "Stopped: the loss is no longer a number. Try a smaller rate.",
    };
    verdict.textContent = ends[state.status];
  }

  explore.drawTraining = (data, state, setting, shown) => {
    const blanks = setting.s0 > 0;
    drawLoss(state.losses, data.training.threshold);
    drawFalling(state.records);
    const map = state.map ?? {};
    for (const when of ["start", "now"]) drawMap(`training-${when}-map`, data, map[when], map.cloud, blanks, shown);
    byId("training-epoch").textContent = state.records.at(-1)?.epoch ?? 0;
    drawStored(data, state, setting);
    drawStoredMaps(data, setting, shown.label);
    drawLegends(blanks);
    tell(state, data.training.threshold);
  };
})();
