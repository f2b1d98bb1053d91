/* Least squares, and how far points lie from a law: what the pages of the laws share. */

(() => {
  "use strict";

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  /* Coefficients of the columns that come nearest to the values. A column that those before it determine gets 0. */
  function leastSquares(columns, values) {
    const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
    const rows = columns.map((column) => [...columns.map((other) => dot(column, other)), dot(column, values)]);
    const squares = rows.map((row, i) => row[i]);
    rows.forEach((row, i) => {
      if (row[i] <= 1e-9 * squares[i]) {
        row.fill(0);
        return;
      }
      const pivot = row[i];
      for (let j = 0; j < row.length; j++) row[j] /= pivot;
      rows.forEach((other, k) => {
        if (k === i) return;
        const factor = other[i];
        for (let j = 0; j < row.length; j++) other[j] -= factor * row[j];
      });
    });
    return rows.map((row) => row.at(-1));
  }

  /* The geometric mean of ratios, and the factor by which they scatter about it: 10 to the root mean square of
     the decimal logarithms. One ratio scatters about nothing. */
  function scatter(ratios) {
    const logs = ratios.map(Math.log10);
    const centre = mean(logs);
    const square = mean(logs.map((log) => (log - centre) ** 2));
    return { offset: 10 ** centre, spread: logs.length > 1 ? 10 ** Math.sqrt(square) : NaN };
  }

  const told = (spread) => (Number.isFinite(spread) ? spread.toFixed(2) : "undefined");
  const count = (number) => `${number} point${number === 1 ? "" : "s"}`;

  explore.fit = { mean, leastSquares, scatter, told, count };
})();
