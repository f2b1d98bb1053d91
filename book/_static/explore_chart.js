/* Charts of the explorables: axes with ticks, a clipped area to draw in, marks and their legend. */

(() => {
  "use strict";
  const { html, svg } = explore;

  const MARGIN = { left: 58, right: 14, top: 14, bottom: 46 };
  const SHAPES = {
    circle: "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z",
    square: "M-.88,-.88H.88V.88H-.88Z",
    triangle: "M0,-1.15L1.1,.8H-1.1Z",
    diamond: "M0,-1.25L1.1,0L0,1.25L-1.1,0Z",
    down: "M0,1.15L1.1,-.8H-1.1Z",
    plus: "M-.38,-1.1H.38V-.38H1.1V.38H.38V1.1H-.38V.38H-1.1V-.38H-.38Z",
    cross: "M-1.05,-.55L-.55,-1.05L0,-.5L.55,-1.05L1.05,-.55L.5,0L1.05,.55L.55,1.05L0,.5L-.55,1.05L-1.05,.55L-.5,0Z",
  };

  const number = (x) => Number(x.toPrecision(3)).toLocaleString("en");
  const short = (x) => (x >= 1e6 ? `${x / 1e6}M` : x >= 1e3 ? `${x / 1e3}k` : String(Number(x.toPrecision(6))));

  /* Ticks of a logarithmic axis: powers of ten, and 2 and 5 times these where they are few. */
  function logTicks(low, high) {
    const steps = high / low < 120 ? [1, 2, 5] : [1];
    const found = [];
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
      found.push(...steps.map((step) => step * 10 ** power).filter((x) => x >= low && x <= high));
    }
    return found;
  }

  function linearTicks(low, high) {
    const rough = (high - low) / 5;
    const ten = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * ten >= rough * 0.999) * ten;
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
  }

  function makeScale({ low, high, log }, from, to) {
    const measure = log ? Math.log : (value) => value;
    const slope = (to - from) / (measure(high) - measure(low));
    const scale = (value) => from + slope * (measure(value) - measure(low));
    return Object.assign(scale, { low, high, ticks: (log ? logTicks : linearTicks)(low, high) });
  }

  let charts = 0;

  /* An empty chart in `holder`. An axis is {low, high, log, title, show: text of a tick}. Gives the drawing,
     its two scales, and `area`, in which nothing is drawn beyond the axes. */
  function chart(holder, height, x, y) {
    const width = Math.max(holder.clientWidth, 160);
    const [bottom, right] = [height - MARGIN.bottom, width - MARGIN.right];
    const drawing = svg("svg", { width, height, role: "img" });
    const across = makeScale(x, MARGIN.left, right);
    const up = makeScale(y, bottom, MARGIN.top);
    for (const value of across.ticks) {
      const at = across(value);
      drawing.append(svg("line", { class: "grid", x1: at, x2: at, y1: MARGIN.top, y2: bottom }));
      drawing.append(svg("text", { x: at, y: bottom + 18, "text-anchor": "middle" }, (x.show ?? short)(value)));
    }
    for (const value of up.ticks) {
      const at = up(value);
      drawing.append(svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: at, y2: at }));
      drawing.append(svg("text", { x: MARGIN.left - 8, y: at + 4, "text-anchor": "end" }, (y.show ?? short)(value)));
    }
    const title = (axis, place) => svg("text", { class: "title", "text-anchor": "middle", ...place }, ...axis);
    drawing.append(title([x.title], { x: (MARGIN.left + right) / 2, y: height - 6 }));
    const turned = { transform: `translate(11,${(MARGIN.top + bottom) / 2}) rotate(-90)` };
    drawing.append(title([y.title], turned));
    const id = `explore-clip-${charts++}`;
    const frame = {
      x: MARGIN.left - 9,
      y: MARGIN.top - 9,
      width: right - MARGIN.left + 18,
      height: bottom - MARGIN.top + 18,
    };
    const area = svg("g", { "clip-path": `url(#${id})` });
    drawing.append(svg("clipPath", { id }, svg("rect", frame)), area);
    holder.replaceChildren(drawing);
    return { drawing, area, x: across, y: up, bottom, right, top: MARGIN.top, left: MARGIN.left };
  }

  /* A mark of a shape and size at a place; hollow ones have the colour in their outline. */
  function mark(shape, size, [left, top], colour, hollow = false) {
    const transform = `translate(${left.toFixed(1)},${top.toFixed(1)}) scale(${size})`;
    const paint = hollow ? `fill:none;stroke:${colour}` : `fill:${colour}`;
    return svg("path", { class: hollow ? "mark hollow" : "mark", d: SHAPES[shape], transform, style: paint });
  }

  const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}`;

  /* An entry of a legend: something drawn around the origin, and words. */
  function key(drawn, ...words) {
    const box = { width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": "true" };
    return html("span", {}, svg("svg", box, drawn), html("span", {}, ...words));
  }

  /* The range of positive values with some room at both ends. */
  const around = (values, room = 1.5) => ({ low: Math.min(...values) / room, high: Math.max(...values) * room });

  explore.chart = { chart, mark, path, key, number, short, around, SHAPES };
})();
