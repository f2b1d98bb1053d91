/* An LCN or a CNN in training, as in the package: srhm/networks/fleet.py, and its training in srhm/training.

   Weights N(0, 1), no biases, ReLU; layer 1 divides by sqrt(v), the next ones by sqrt(width), the read-out by
   the width, which multiplies the learning rate. Blanks stay zero, so they are left out: each feature looks up
   its row of the first layer's table, and each live patch meets the block of its position in the filter. */

explore.parts.push((lib) => {
  "use strict";

  const LEAST = 2 ** -126; // below, a float32 is denormal, and slow

  /* A network at its initial weights: a table, the blocks of layers 2 ... L, the read-out. */
  function initialise(architecture, task, width, seed) {
    const { v, n_c, L } = task;
    const k = lib.patchSize(task);
    const filters = Array.from({ length: L }, (_, i) => (architecture === "CNN" ? k : k ** (L - i)));
    const sizes = [filters[0] * v * width, ...filters.slice(1).map((n) => n * width * width), width * n_c];
    const parameters = sizes.map((size, i) => lib.normal(size, "weights", seed, i));
    const scales = [v ** -0.5, ...new Array(L - 1).fill(width ** -0.5)];
    return { architecture, task, width, parameters, scales };
  }

  /* For layers 1 ... L, the weights that each input of a live patch meets; all data one after another. */
  function wire({ architecture, task }, data) {
    const { s, v, L } = task;
    const k = lib.patchSize(task);
    const wires = [];
    let inputs = data.positions;
    for (let l = 1; l <= L; l++) {
      wires.push(architecture === "CNN" ? inputs.map((position) => position % k) : inputs);
      inputs = inputs.filter((_, i) => i % s === 0).map((position) => Math.floor(position / k));
    }
    wires[0] = wires[0].map((position, i) => position * v + data.features[1][i]);
    return wires;
  }

  /* Room for the activations of a datum: those of the live patches of layers 1 ... L, then the logits. */
  function makeRoom({ task, width }) {
    const layers = Array.from({ length: task.L }, (_, i) => new Float32Array(task.s ** (task.L - 1 - i) * width));
    return [...layers, new Float32Array(task.n_c)];
  }

  /* The activations of datum number i, into `room`. */
  function activate(network, wires, i, room) {
    const { task, width, parameters, scales } = network;
    const { s, L, n_c } = task;
    const sums = new Float64Array(width);
    for (let l = 0; l < L; l++) {
      const [weights, meeting, inputs, out, scale] = [parameters[l], wires[l], room[l - 1], room[l], scales[l]];
      const patches = out.length / width;
      for (let p = 0; p < patches; p++) {
        sums.fill(0);
        for (let j = p * s; j < (p + 1) * s; j++) {
          const meets = meeting[i * patches * s + j];
          if (l === 0) {
            for (let c = 0; c < width; c++) sums[c] += weights[meets * width + c];
          } else {
            for (let b = 0; b < width; b++) {
              const x = inputs[j * width + b];
              if (x === 0) continue;
              const row = (meets * width + b) * width;
              for (let c = 0; c < width; c++) sums[c] += x * weights[row + c];
            }
          }
        }
        for (let c = 0; c < width; c++) out[p * width + c] = sums[c] > 0 ? sums[c] * scale : 0;
      }
    }
    const [readout, last, logits] = [parameters[L], room[L - 1], room[L]];
    for (let a = 0; a < n_c; a++) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += last[c] * readout[c * n_c + a];
      logits[a] = sum / width;
    }
  }

  /* Adds the gradient of one datum to `sums`, given the derivative of the loss in its logits. */
  function addGradient(network, wires, i, room, error, sums) {
    const { task, width, parameters, scales } = network;
    const { s, L, n_c } = task;
    const [readout, last] = [parameters[L], room[L - 1]];
    let back = new Float64Array(width);
    for (let c = 0; c < width; c++) {
      for (let a = 0; a < n_c; a++) {
        back[c] += (readout[c * n_c + a] * error[a]) / width;
        sums[L][c * n_c + a] += (last[c] * error[a]) / width;
      }
    }
    for (let l = L - 1; l >= 0; l--) {
      const [weights, gradient, meeting, inputs, out] = [parameters[l], sums[l], wires[l], room[l - 1], room[l]];
      const patches = out.length / width;
      const below = new Float64Array(l > 0 ? inputs.length : 0);
      for (let c = 0; c < out.length; c++) back[c] = out[c] > 0 ? back[c] * scales[l] : 0;
      for (let j = 0; j < patches * s; j++) {
        const meets = meeting[i * patches * s + j];
        const from = Math.floor(j / s) * width;
        if (l === 0) {
          for (let c = 0; c < width; c++) gradient[meets * width + c] += back[from + c];
          continue;
        }
        for (let b = 0; b < width; b++) {
          const x = inputs[j * width + b];
          if (x === 0) continue; // nothing to learn, nor to pass on: its unit is off
          const row = (meets * width + b) * width;
          let sum = 0;
          for (let c = 0; c < width; c++) {
            sum += back[from + c] * weights[row + c];
            gradient[row + c] += x * back[from + c];
          }
          below[j * width + b] = sum;
        }
      }
      back = below;
    }
  }

  /* A network with its training set, at rest before the first epoch.

     options: architecture, width, P, lr, batch, momentum, threshold (of the loss), maxEpochs, seed. */
  function begin(task, options) {
    const network = initialise(options.architecture, task, options.width, options.seed);
    const data = lib.sample(task, options.P, options.seed);
    return {
      network,
      options,
      wires: wire(network, data),
      labels: lib.labels(task, data),
      momenta: network.parameters.map((p) => new Float32Array(p.length)),
      room: makeRoom(network),
      epoch: 0,
      still: 0,
      status: "",
      loss: NaN,
    };
  }

  /* A step of gradient descent with momentum on some data; their summed loss, and whether any logit moves. */
  function step(training, rows) {
    const { network, options, wires, labels, momenta, room } = training;
    const { L, n_c } = network.task;
    const weight = (options.lr * options.width) / rows.length;
    for (const momentum of momenta) {
      for (let i = 0; i < momentum.length; i++) {
        const kept = momentum[i] * options.momentum;
        momentum[i] = kept > LEAST || kept < -LEAST ? kept : 0;
      }
    }
    let [loss, moving] = [0, false];
    const error = new Float64Array(n_c);
    for (const row of rows) {
      activate(network, wires, row, room);
      const logits = room[L];
      const most = Math.max(...logits);
      let total = 0;
      for (let a = 0; a < n_c; a++) total += error[a] = Math.exp(logits[a] - most);
      loss += Math.log(total) + most - logits[labels[row]];
      moving ||= logits.some((logit) => logit !== 0);
      for (let a = 0; a < n_c; a++) error[a] = weight * (error[a] / total - (a === labels[row] ? 1 : 0));
      addGradient(network, wires, row, room, error, momenta);
    }
    network.parameters.forEach((parameter, k) => {
      for (let i = 0; i < parameter.length; i++) parameter[i] -= momenta[k][i];
    });
    return { loss, moving };
  }

  /* One epoch, after which `status` says whether training has ended, and how. */
  function trainEpoch(training) {
    const { options } = training;
    const { P, batch, seed, momentum } = options;
    const order = lib.permutation(P, "order", seed, seed, ++training.epoch);
    let sum = 0;
    for (let from = 0; from < P; from += batch) {
      const { loss, moving } = step(training, order.subarray(from, from + batch));
      sum += loss;
      training.still = moving ? 0 : training.still + 1;
    }
    training.loss = sum / P;
    // Steps that momentum moves weights on its own, until it is below the last bit of a float32.
    const coasting = Math.ceil((-24 * Math.log(2)) / Math.log(momentum));
    if (!Number.isFinite(sum)) training.status = "failed";
    else if (training.loss < options.threshold) training.status = "converged";
    else if (training.still >= Math.max(Math.ceil(P / batch) + 1, coasting)) training.status = "dead";
    else if (training.epoch === options.maxEpochs) training.status = "max_epochs";
  }

  Object.assign(lib, { initialise, wire, makeRoom, activate, begin, step, trainEpoch });
});
