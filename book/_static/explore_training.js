/* Train a network in the page: a worker trains, this script asks for epoch after epoch and shows them. */

(() => {
  "use strict";
  const { byId, address, put, startWorker } = explore;

  const CONTROLS = ["architecture", "s0", "P", "lr", "seed", "layer", "class"];
  const SETTING = CONTROLS.slice(0, 5); // what decides the training
  const DRAWN = { tests: 1000, pairs: 200, copies: 12, cloud: 160 };

  /* What the worker does; it stands alone, but for the toolbox. */
  function serve(lib) {
    let training, initial, held, start, now, layer;
    onmessage = ({ data: { id, task, options, drawn, shown, train } }) => {
      if (task) {
        training = lib.begin(task, options);
        const parameters = training.network.parameters.map((parameter) => parameter.slice());
        initial = { ...training.network, parameters };
        held = lib.prepare(task, options.seed, drawn);
      }
      if (task || shown !== layer) {
        layer = shown;
        start = now = lib.project(initial, held.groups, layer);
      }
      const losses = [];
      while (losses.length < train && !training.status) {
        lib.trainEpoch(training);
        losses.push(training.loss);
      }
      const { network, epoch, status } = training;
      const record = { epoch, status, losses };
      if (epoch) now = lib.project(network, held.groups, layer, now);
      if (task || losses.length)
        Object.assign(record, lib.sensitivities(network, held), { error: lib.errorRate(network, held.test) });
      const cloud = lib.labels(network.task, held.groups.at(-1));
      postMessage({ id, record, map: { layer, cloud, start: start.points, now: now.points } });
    };
  }

  function run(data) {
    const state = { id: 0, records: [], losses: [], map: null, status: "", running: false, waiting: false, ended: [] };
    const worker = startWorker(serve);
    const value = (name) => byId(`training-${name}`).value;
    const P = () => data.sizes[value("P")];
    const setting = () => ({
      architecture: value("architecture"),
      s0: Number(value("s0")),
      P: P(),
      lr: Number(value("lr")),
      seed: Number(value("seed")),
    });
    const draw = () =>
      explore.drawTraining(data, state, setting(), { layer: Number(value("layer")), label: Number(value("class")) });

    function ask(message) {
      state.waiting = true;
      worker.postMessage({ id: state.id, shown: Number(value("layer")) - 1, ...message });
    }

    /* The next epoch, later several at once, unless the page is hidden or the worker is busy: its answer then asks again. */
    function goOn() {
      if (state.running && !state.waiting && !document.hidden)
        ask({ train: 1 + Math.floor(state.records.at(-1).epoch / 20) });
    }

    worker.onmessage = ({ data: { id, record, map } }) => {
      if (id !== state.id) return;
      Object.assign(state, { map, waiting: false, status: record.status });
      state.losses.push(...record.losses);
      if ("error" in record) state.records.push(record);
      if ("error" in record && state.status) {
        state.running = false;
        state.ended.push({ ...setting(), ...record });
      }
      show();
      requestAnimationFrame(goOn);
    };

    worker.onerror = ({ message }) => {
      byId("training-now").textContent = `This browser cannot train here: ${message ?? "it starts no worker"}.`;
    };

    function restart() {
      const { architecture, s0, P, lr, seed } = setting();
      Object.assign(state, { id: state.id + 1, records: [], losses: [], map: null, status: "", running: false });
      const task = { ...data.task, s0, seed, rules: data.rules[seed] };
      ask({ task, options: { ...data.training, architecture, P, lr, seed }, drawn: DRAWN });
      show();
    }

    function show() {
      const begun = state.records.length > 1;
      byId("training-run").textContent = state.running
        ? "Pause"
        : state.status
          ? "Train again"
          : begun
            ? "Go on"
            : "Train";
      byId("training-step").disabled = state.running || Boolean(state.status);
      byId("training-P-value").textContent = P().toLocaleString("en");
      draw();
    }

    function play() {
      if (state.status) restart();
      state.running = !state.running;
      show();
      goOn();
    }

    /* The size nearest to a multiple of the stored P*, and training at once. */
    function trainAt(multiple) {
      const star = explore.storedCurve(data, setting()).P_star * multiple;
      const distance = (size) => Math.abs(Math.log(size / star));
      byId("training-P").value = data.sizes.reduce(
        (best, size, i) => (distance(size) < distance(data.sizes[best]) ? i : best),
        0,
      );
      change();
      play();
    }

    function remember() {
      const said = Object.fromEntries(CONTROLS.map((name) => [name, name === "P" ? P() : value(name)]));
      address.write(said);
    }

    function change() {
      remember();
      restart();
    }

    function restore() {
      const said = address.read();
      for (const name of CONTROLS) {
        const text = said.get(name);
        if (name !== "P") put(byId(`training-${name}`), text);
        else if (data.sizes.includes(Number(text))) byId("training-P").value = data.sizes.indexOf(Number(text));
      }
      restart();
    }

    for (const name of SETTING) byId(`training-${name}`).addEventListener("input", change);
    byId("training-layer").addEventListener("input", () => {
      remember();
      if (!state.running) ask({});
    });
    byId("training-class").addEventListener("input", () => {
      remember();
      draw();
    });
    byId("training-run").addEventListener("click", play);
    byId("training-step").addEventListener("click", () => state.waiting || ask({ train: 1 }));
    byId("training-reset").addEventListener("click", restart);
    byId("training-few").addEventListener("click", () => trainAt(1 / 4));
    byId("training-many").addEventListener("click", () => trainAt(4));
    document.addEventListener("visibilitychange", goOn);
    address.follow(restore);
    restore();
    return draw;
  }

  explore.start(run);
})();
