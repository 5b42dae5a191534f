// What an order costs, exactly: the same rules as workflow/money.py, in whole numbers of any size.
(function () {
  "use strict";
  const SCALE = 9, UNIT = 10n ** 9n;  // every number is kept as a whole number of billionths
  const BASIS = { each: 1n, hundred: 100n, thousand: 1000n };

  // A number as the server reads it: either decimal sign, thousands, currency signs around; null if it is none.
  function number(text) {
    let body = String(text ?? "").normalize("NFKC").replace(/\u2212/g, "-").replace(/\u2019/g, "'").trim();
    body = body.replace(/^[^\d.,()+-]+/, "").replace(/[^\d.,()+-]+$/, "").trim();
    let negative = false;
    if (/^\(.*\)$/.test(body)) { body = body.slice(1, -1).trim(); negative = true; }
    if (/^[+-]/.test(body)) { negative = negative !== (body[0] === "-"); body = body.slice(1).trim(); }
    for (const sign of [".", ","]) {
      const other = sign === "." ? "," : "\\.";
      const match = new RegExp("^(\\d+|[1-9]\\d{0,2}(?:[" + other + " '_]\\d{2,3})+)?(?:\\" + sign + "(\\d*))?$").exec(body);
      if (!match || !(match[1] || match[2])) continue;
      const groups = (match[1] || "0").split(/\D/);
      if (groups.length > 1 && groups[groups.length - 1].length !== 3) continue;
      const places = (match[2] || "").slice(0, SCALE).padEnd(SCALE, "0");
      const value = BigInt(groups.join("") + places);
      return negative ? -value : value;
    }
    return null;
  }

  const positive = (value) => (value !== null && value > 0n ? value : 0n);

  // A fraction rounded half up, away from zero.
  function rounded(above, below) {
    const size = above < 0n ? -above : above;
    const whole = (2n * size + below) / (2n * below);
    return above < 0n ? -whole : whole;
  }

  // "S 12, M 24" to pairs of size and number; null if it cannot be read.  As in sync/breakdown.py.
  function sizes(text) {
    const found = [];
    for (const piece of String(text || "").split(/[,;\n\t]+/)) {
      const words = piece.replace(/\s*[:=]\s*/g, " ").trim().split(/\s+/).filter(Boolean);
      let size = [];
      for (let at = 0; at < words.length; at += 1) {
        const word = words[at], compact = /^(.*\p{L})[-\u2013]?(\d+(?:\.\d+)?)$/u.exec(word);
        if (size.length && /^\d+(\.\d+)?$/.test(word)) { found.push([size.join(" "), number(word)]); size = []; }
        else if (compact && !size.length && !/^\d+(\.\d+)?$/.test(words[at + 1] || "")) found.push([compact[1], number(compact[2])]);
        else size.push(word);
      }
      if (size.length) return null;
    }
    return found.filter(([, pieces]) => pieces > 0n);
  }

  // Pieces of a line: its sizes together, else its quantity.
  function pieces(line) {
    const broken = sizes(line.sizes);
    if (broken && broken.length) return broken.reduce((sum, [, count]) => sum + count, 0n);
    return positive(number(line.values.quantity));
  }

  // A line's total in the currency's smallest unit: each delivery at its own price, the rest at the line's.
  function line(row, places) {
    const price = positive(number(row.values.unit_price));
    let left = pieces(row), exact = 0n;
    for (const delivery of row.schedule || []) {
      const count = positive(number(delivery.schedule_quantity)), own = number(delivery.schedule_unit_price);
      exact += count * (own === null ? price : positive(own));
      left -= count;
    }
    if (left > 0n) exact += left * price;
    const share = 100n * UNIT - positive(number(row.values.line_discount));
    const below = UNIT * UNIT * UNIT * 100n * (BASIS[row.values.price_basis] || 1n);
    return rounded(exact * share * 10n ** BigInt(places), below);
  }

  function charge(row, places) {
    const typed = number(String(row.unit_price || "").trim().replace(/^-/, ""));
    const count = String(row.quantity || "").trim() ? positive(number(row.quantity)) : UNIT;
    const amount = rounded(positive(typed) * count * 10n ** BigInt(places), UNIT * UNIT);
    return row.kind === "discount" || /^\s*-/.test(row.unit_price || "") ? -amount : amount;
  }

  // Goods less discount, plus charges, freight and tax; rounded once.  All in the smallest unit.
  function order(goods, charges, header, places) {
    const cent = 10n ** BigInt(places);
    const percent = positive(number(header.discount_percent)), amount = positive(number(header.discount_amount));
    const extras = positive(number(header.freight_charge)) + positive(number(header.tax_amount));
    // Over one denominator: smallest units * UNIT * 100.
    const discount = goods * percent + amount * cent * 100n;
    const exact = (goods + charges) * UNIT * 100n - discount + extras * cent * 100n;
    return {
      total: rounded(exact, UNIT * 100n),
      discount: rounded(discount, UNIT * 100n),
      extras: rounded(extras * cent, UNIT),
    };
  }

  // A whole number of smallest units as people read it: 1,234.50
  function show(amount, places) {
    const digits = (amount < 0n ? -amount : amount).toString().padStart(places + 1, "0");
    const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
    return (amount < 0n ? "\u2212" : "") + whole + (places ? "." + digits.slice(-places) : "");
  }

  // A number of billionths without needless zeros: 12.5
  function plain(value) {
    const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, "0");
    const part = digits.slice(-SCALE).replace(/0+$/, "");
    return (value < 0n ? "-" : "") + digits.slice(0, -SCALE) + (part ? "." + part : "");
  }

  window.OrderTotals = { number, sizes, pieces, line, charge, order, show, plain };
})();
