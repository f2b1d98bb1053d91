/* The package's random numbers, bit for bit: srhm/model/randomness.py in JavaScript.

   A stream is named by a key of integers and strings. SHA-256 of the key's text seeds a Philox generator by
   numpy's SeedSequence; from its 64-bit words come integers, permutations and normal numbers, as numpy draws
   them. Words are pairs of 32-bit halves, since numbers here are exact up to 2^53 only. */

explore.parts.push((lib) => {
  "use strict";

  // ---- SHA-256 (FIPS 180-4)

  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) >>> 0;
  const ROUND = primes.map((p) => fraction(Math.cbrt(p)));
  const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  /* The digest of an ASCII text, as eight 32-bit words. */
  function sha256(text) {
    const words = new Uint32Array(16 * Math.ceil((text.length + 9) / 64));
    for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    words[text.length >> 2] |= 128 << (24 - 8 * (text.length & 3));
    words[words.length - 1] = 8 * text.length;
    const hash = Uint32Array.from(START);
    const w = new Uint32Array(64);
    for (let block = 0; block < words.length; block += 16) {
      w.set(words.subarray(block, block + 16));
      for (let i = 16; i < 64; i++) {
        const [x, y] = [w[i - 15], w[i - 2]];
        const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
        const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
        w[i] = w[i - 16] + low + w[i - 7] + high;
      }
      let [a, b, c, d, e, f, g, h] = hash;
      for (let i = 0; i < 64; i++) {
        const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + w[i];
        const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((x, i) => (hash[i] += x));
    }
    return hash;
  }

  // ---- numpy's SeedSequence

  function hasher(start, factor) {
    let constant = start;
    return (value) => {
      const x = value ^ constant;
      constant = Math.imul(constant, factor);
      const y = Math.imul(x, constant);
      return (y ^ (y >>> 16)) >>> 0;
    };
  }

  function mix(x, y) {
    const z = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
    return (z ^ (z >>> 16)) >>> 0;
  }

  /* Philox's key, as four 32-bit words, from entropy in 32-bit words, the lowest first. */
  function spread(entropy) {
    const hash = hasher(0x43b0d7e5, 0x931e8875);
    const pool = [0, 1, 2, 3].map((i) => hash(entropy[i] ?? 0));
    for (let from = 0; from < Math.max(4, entropy.length); from++) {
      for (let to = 0; to < 4; to++) {
        if (from !== to) pool[to] = mix(pool[to], hash(from < 4 ? pool[from] : entropy[from]));
      }
    }
    return pool.map(hasher(0x8b51f9dd, 0x58f38ded));
  }

  // ---- Philox 4x64, ten rounds

  /* The product of two 32-bit numbers, its high half; Math.imul has the low one. */
  function high(x, y) {
    const [a, b, c, d] = [x >>> 16, x & 0xffff, y >>> 16, y & 0xffff];
    const middle = a * d + ((b * d) >>> 16);
    return (a * c + Math.floor(middle / 65536) + ((middle & 0xffff) + b * c) / 65536) >>> 0;
  }

  const MULTIPLIERS = [
    [0xd2e7470e, 0xe14c6c93],
    [0xca5a8263, 0x95121157],
  ]; // high and low half
  const BUMPS = [
    [0x9e3779b9, 0x7f4a7c15],
    [0xbb67ae85, 0x84caa73b],
  ];
  const out = new Uint32Array(4);

  /* The 128-bit product of a multiplier and a 64-bit word, in `out`, the highest 32 bits first. */
  function multiply([mh, ml], xh, xl) {
    const low = high(ml, xl);
    const one = Math.imul(mh, xl) >>> 0;
    const two = Math.imul(ml, xh) >>> 0;
    const third = low + one + two;
    const second = high(mh, xl) + high(ml, xh) + (Math.imul(mh, xh) >>> 0) + Math.floor(third / 2 ** 32);
    out[3] = Math.imul(ml, xl);
    out[2] = third;
    out[1] = second;
    out[0] = high(mh, xh) + Math.floor(second / 2 ** 32);
  }

  /* The generator named by a key: its words in turn. */
  function stream(...key) {
    const text = `(${key.map((part) => (typeof part === "string" ? `'${part}'` : part)).join(", ")})`;
    const entropy = [...sha256(text)].reverse();
    while (entropy.length > 1 && !entropy.at(-1)) entropy.pop();
    const [k0l, k0h, k1l, k1h] = spread(entropy);
    const block = new Uint32Array(8); // four words, each its low half first
    let [count, used, spare] = [0, 4, null];

    function refill() {
      let x = [0, ++count, 0, 0, 0, 0, 0, 0]; // the counter: four words, each its high half first
      const keys = Uint32Array.of(k0h, k0l, k1h, k1l);
      for (let round = 0; round < 10; round++) {
        multiply(MULTIPLIERS[0], x[0], x[1]);
        const [h0, h1, l0, l1] = out;
        multiply(MULTIPLIERS[1], x[4], x[5]);
        const [g0, g1, m0, m1] = out;
        x = [g0 ^ x[2] ^ keys[0], g1 ^ x[3] ^ keys[1], m0, m1, h0 ^ x[6] ^ keys[2], h1 ^ x[7] ^ keys[3], l0, l1];
        for (let i = 0; i < 2; i++) {
          const low = keys[2 * i + 1] + BUMPS[i][1];
          keys[2 * i] += BUMPS[i][0] + (low >= 2 ** 32 ? 1 : 0);
          keys[2 * i + 1] = low;
        }
      }
      for (let i = 0; i < 4; i++) [block[2 * i], block[2 * i + 1]] = [x[2 * i + 1], x[2 * i]];
      used = 0;
    }

    /* A 64-bit word modulo a bound below 2^21. */
    function modulo(bound) {
      if (used === 4) refill();
      const [low, up] = [block[2 * used], block[2 * used + 1]];
      used++;
      return ((up % bound) * (2 ** 32 % bound) + (low % bound)) % bound;
    }

    /* 32 bits: the low half of a word, then its high half. */
    function next() {
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return kept;
      }
      if (used === 4) refill();
      spare = block[2 * used + 1];
      return block[2 * used++];
    }

    return { modulo, next };
  }

  // ---- What is drawn from the words

  /* Uniform integers below `bound`. */
  function integers(bound, count, ...key) {
    const words = stream(...key);
    return Int32Array.from({ length: count }, () => words.modulo(bound));
  }

  /* A uniform permutation of 0 ... n - 1: numpy's shuffle, in which a word above the limit is drawn again. */
  function permutation(n, ...key) {
    const words = stream(...key);
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let j = words.next() & mask;
      while (j > i) j = words.next() & mask;
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  // Marsaglia and Tsang's ziggurat of 256 layers, of float32 as numpy has it: heights, widths, limits.
  const EDGE = 3.6541528853610088;
  const AREA = 0.00492867323399;
  const [HEIGHTS, WIDTHS, LIMITS] = [new Float32Array(256), new Float32Array(256), new Uint32Array(256)];
  {
    const gauss = (x) => Math.exp((-x * x) / 2);
    let x = EDGE;
    const bottom = AREA / gauss(EDGE);
    [HEIGHTS[0], WIDTHS[0], LIMITS[0]] = [1, bottom / 2 ** 23, Math.floor((EDGE / bottom) * 2 ** 23)];
    [HEIGHTS[255], WIDTHS[255]] = [gauss(EDGE), EDGE / 2 ** 23];
    for (let i = 254; i > 0; i--) {
      const above = Math.sqrt(-2 * Math.log(AREA / x + gauss(x)));
      [HEIGHTS[i], WIDTHS[i], LIMITS[i + 1]] = [gauss(above), above / 2 ** 23, Math.floor((above / x) * 2 ** 23)];
      x = above;
    }
  }

  /* Independent N(0, 1) numbers, float32. */
  function normal(count, ...key) {
    const words = stream(...key);
    const fraction = () => (words.next() >>> 8) / 2 ** 24;
    const tail = (bits) => {
      for (;;) {
        const x = Math.fround(-Math.fround(1 / EDGE) * Math.fround(Math.log1p(-fraction())));
        const y = -Math.fround(Math.log1p(-fraction()));
        if (2 * y > x * x) return (Math.fround(EDGE) + x) * ((bits >> 8) & 1 ? -1 : 1);
      }
    };
    const draw = () => {
      for (;;) {
        const word = words.next();
        const [layer, bits] = [word & 255, word >>> 9];
        const x = Math.fround(bits * WIDTHS[layer]) * (word & 256 ? -1 : 1);
        if (bits < LIMITS[layer]) return x;
        if (layer === 0) return tail(bits);
        const [top, bottom] = [HEIGHTS[layer - 1], HEIGHTS[layer]];
        if ((top - bottom) * fraction() + bottom < Math.exp(-0.5 * x * x)) return x;
      }
    };
    return Float32Array.from({ length: count }, draw);
  }

  Object.assign(lib, { integers, permutation, normal });
});
