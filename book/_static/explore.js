/* What the two explorables share. Plain scripts, not modules, which a page opened from disk may not load:
   `explore` is their one global. */

window.explore = (() => {
  "use strict";

  const build = (create) => (tag, attributes = {}, ...children) => {
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

  /* Swap the static figure for the explorable, once `run` has drawn it, and draw again when it is resized. */
  function start(run) {
    const app = document.querySelector(".explore");
    app.hidden = false;
    const draw = run(JSON.parse(byId("explore-data").textContent));
    for (const figure of document.querySelectorAll(".explore-static")) figure.hidden = true;
    let width = app.clientWidth;
    new ResizeObserver(() => {
      if (app.clientWidth === width) return;
      width = app.clientWidth;
      draw();
    }).observe(app);
  }

  return { html, svg, byId, ink, fill, start };
})();
