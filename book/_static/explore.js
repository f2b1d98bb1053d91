/* What the explorables share. Plain scripts, not modules, which a page opened from disk may not load:
   `explore` is their one global. */

window.explore = (() => {
  "use strict";

  const build =
    (create) =>
    (tag, attributes = {}, ...children) => {
      const element = create(tag);
      for (const [name, value] of Object.entries(attributes)) {
        if (value === true) element.setAttribute(name, "");
        else if (value !== undefined && value !== false) element.setAttribute(name, value);
      }
      element.append(...children);
      return element;
    };

  /* An HTML or an SVG element: tag, attributes, children. */
  const html = build((tag) => document.createElement(tag));
  const svg = build((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));

  const byId = (id) => document.getElementById(id);

  /* Whichever of black and white stands out more on `colour`, "#rrggbb" (WCAG's relative luminance). */
  function ink(colour) {
    const [r, g, b] = [1, 3, 5].map((i) => {
      const c = parseInt(colour.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
  }

  /* Fill a select, keeping what was chosen if it is still there. Options are [value, text] pairs. */
  function fill(select, options) {
    const before = select.value;
    select.replaceChildren(...options.map(([value, text]) => html("option", { value }, text)));
    if (options.some(([value]) => String(value) === before)) select.value = before;
  }

  let touched = false;
  for (const type of ["input", "click"]) {
    addEventListener(type, ({ target }) => (touched ||= Boolean(target.closest?.(".explore"))), true);
  }

  /* The state of a page in its address, after the #, where a link keeps it, once the reader has touched
     something. The name of a section there says nothing of the state. */
  const said = () => location.hash.includes("=");
  const address = {
    read: () => new URLSearchParams(said() ? location.hash.slice(1) : ""),
    write(values) {
      if (!touched) return;
      const state = address.read();
      for (const [name, value] of Object.entries(values)) value === null ? state.delete(name) : state.set(name, value);
      history.replaceState(history.state, "", `#${state}`);
    },
    /* Call `restore` when the reader goes to another state of this page. */
    follow: (restore) => addEventListener("hashchange", () => said() && restore()),
  };

  /* Give a select or a slider a value of the address, if it is one that there is. */
  function put(control, value) {
    const before = control.value;
    if (value === null) return;
    control.value = value;
    if (control.value !== value) control.value = before;
  }

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  /* Call `frame` with 0 ... 1 over some milliseconds; where the reader wants no motion, with 1 at once. Gives
     what ends it early. */
  function animate(milliseconds, frame) {
    let [id, began] = [0, null];
    if (still()) return (frame(1), () => {});
    const tick = (now) => {
      began ??= now;
      const part = Math.min((now - began) / milliseconds, 1);
      id = part < 1 ? requestAnimationFrame(tick) : 0;
      frame(part);
    };
    frame(0);
    id = requestAnimationFrame(tick);
    return () => {
      if (!id) return;
      cancelAnimationFrame(id);
      id = 0;
      frame(1);
    };
  }

  /* Functions that stand alone, each of which adds to the toolbox that it is given: the page has one, and so
     has a worker, made of their source text, since a page opened from disk may not start one from a file. */
  const parts = [];
  function toolbox() {
    const lib = {};
    for (const part of parts) part(lib);
    return lib;
  }

  function startWorker(serve) {
    const adding = parts.map((part) => `(${part})(lib);`).join("\n");
    const text = `const lib = {};\n${adding}\n(${serve})(lib);`;
    return new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  }

  /* Swap the static figure for an explorable, once `run` has drawn it, and draw again when it is resized. */
  function start(run, app = document.querySelector(".explore")) {
    app.hidden = false;
    const draw = run(JSON.parse(byId("explore-data").textContent));
    for (const figure of document.querySelectorAll(".explore-static")) figure.hidden = true;
    let width = app.clientWidth;
    new ResizeObserver(() => {
      if (!app.clientWidth || app.clientWidth === width) return;
      width = app.clientWidth;
      draw();
    }).observe(app);
  }

  return { html, svg, byId, ink, fill, address, put, animate, parts, toolbox, startWorker, start };
})();
