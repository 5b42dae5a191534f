// The lines of an order in a grid: typed with the keyboard, pasted from a spreadsheet, looked up by item number.
(function () {
  "use strict";
  const root = document.getElementById("lines");
  if (!root) return;
  const app = window.Inhands, money = window.OrderTotals, { find } = app;
  const config = JSON.parse(find("#entry-config").textContent);
  let build = null;
  const built = new Promise((resolve) => { build = resolve; });
  const entry = (window.OrderEntry = { config, built, problems: new Map(), changed: () => {} });
  const FIELDS = ["values.sku", "values.description", "values.color", "sizes", "values.quantity"].concat(config.with_money ? ["values.unit_price"] : []);
  const TITLES = { "values.sku": "Item", "values.description": "Description", "values.color": "Colour", sizes: "Sizes", "values.quantity": "Quantity", "values.unit_price": "Unit price" };
  const narrow = root.clientWidth < 900, room = (wide, small) => (narrow ? small : wide);
  let counter = 0, table = null;

  const blank = () => ({ key: ++counter, id: null, address: "", values: {}, sizes: "", schedule: [], decorations: [], known: null });
  const stored = (raw) => Object.assign(blank(), raw, { key: ++counter });
  const isBlank = (row) => !row.sizes && !row.schedule.length && !row.decorations.length && !Object.values(row.values).some(Boolean);
  const value = (row, field) => (field === "sizes" ? row.sizes : row.values[field.slice(7)]) || "";

  // ---- how cells look ----
  function cellText(cell) {
    const row = cell.getData(), field = cell.getField(), element = cell.getElement();
    const problem = entry.problems.get(row.key + "/" + field.replace("values.", ""));
    element.classList.toggle("bad", Boolean(problem));
    element.title = problem || "";
    element.toggleAttribute("aria-invalid", Boolean(problem));
    const text = value(row, field);
    const broken = field === "values.quantity" && row.sizes ? money.sizes(row.sizes) : null;
    const box = document.createElement("span");
    box.textContent = broken && broken.length ? money.plain(money.pieces(row)) : text;
    if (broken && broken.length) box.className = "derived";
    if (field === "values.sku" && text && row.known === false) {
      const note = document.createElement("span");
      note.className = "unknown"; note.textContent = "not in our products";
      box.append(note);
    }
    return box;
  }

  function moreCell(cell) {
    const row = cell.getData(), words = [];
    if (row.decorations.length) words.push(row.decorations.length + " dec.");
    if (row.schedule.length) words.push(row.schedule.length + " del.");
    const others = Object.entries(row.values).filter(([name, text]) => text && !FIELDS.includes("values." + name) && !(name === "price_basis" && text === "each") && !(name === "uom" && text === "EA"));
    if (others.length) words.push("+" + others.length);
    const button = document.createElement("button");
    button.type = "button"; button.className = "btn link"; button.tabIndex = -1;
    button.textContent = words.length > 1 && narrow ? words[0] + " …" : words.length ? words.join(" · ") : "More…";
    button.setAttribute("aria-label", "More about line " + cell.getRow().getPosition() + (words.length ? ": " + words.join(", ") : ""));
    if (Array.from(entry.problems.keys()).some((key) => key.startsWith(row.key + "/") && !FIELDS.some((field) => key === row.key + "/" + field.replace("values.", "")))) button.classList.add("wrong");
    button.addEventListener("click", () => entry.openDrawer(cell.getRow()));
    return button;
  }

  // Draws a row anew, except for the cell somebody is typing in: the library's own way would take that away.
  function refresh(row) {
    row.getCells().forEach(function (cell) {
      const element = cell.getElement(), { formatter } = cell.getColumn().getDefinition();
      if (typeof formatter !== "function") return;
      const input = element.classList.contains("tabulator-editing") ? find(".cell-input", element) : null;
      if (!input) element.replaceChildren(formatter(cell));
      // Nothing typed yet: what the product brought stands there now.
      else if (input.value === input.dataset.opened) { input.value = input.dataset.opened = value(row.getData(), cell.getField()); input.select(); }
    });
  }
  const refreshAll = () => { if (find(".tabulator-editing", root)) table.getRows("visible").forEach(refresh); else table.redraw(true); };

  // ---- typing ----
  function editor(cell, onRendered, _success, cancel) {
    const input = document.createElement("input"), field = cell.getField(), row = cell.getRow();
    input.type = "text"; input.className = "cell-input"; input.autocomplete = "off";
    input.setAttribute("aria-label", TITLES[field] + ", line " + row.getPosition());
    input.value = value(cell.getData(), field);
    if (["values.quantity", "values.unit_price"].includes(field)) input.inputMode = "decimal";
    input.dataset.opened = input.value;
    let over = false;
    // The row itself holds what is typed: the library's own copy of a cell knows nothing of what products bring.
    const keep = function () {
      if (over) return;
      over = true;
      const text = input.value.trim(), changed = input.value !== input.dataset.opened;
      cancel();  // which puts back what stood there when the cell was opened
      put(row.getData(), field, changed ? text : input.dataset.opened);
      if (changed) take(row, field, text); else refresh(row);
    };
    onRendered(function () { input.focus({ preventScroll: true }); input.select(); });
    if (field === "values.sku") {
      window.combobox(input, {
        empty: "Not in our products",
        find: (text) => lookUp(text),
        choose(product) {
          over = true; cancel();
          row.getData().known = product; take(row, field, product.code); fill(row.getData(), product); total(row);
          edit(row, "values.quantity");
        },
      });
    }
    input.addEventListener("blur", keep);
    input.addEventListener("keydown", function (event) {
      const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); keep(); entry.openDrawer(row); }
      else if (step) { event.preventDefault(); keep(); vertical(row, field, step); }
      else if (event.key === "Tab") { event.preventDefault(); event.stopPropagation(); keep(); sideways(row, field, event.shiftKey ? -1 : 1); }
      else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); over = true; cancel(); find("#add-line").focus(); }
    });
    return input;
  }

  function put(data, field, text) { if (field === "sizes") data.sizes = text; else data.values[field.slice(7)] = text; }

  // What follows from what was typed into a cell.
  function take(row, field, text) {
    const data = row.getData();
    put(data, field, text);
    entry.problems.delete(data.key + "/" + field.replace("values.", ""));
    if (field === "sizes") {
      entry.problems.delete(data.key + "/quantity");
      if ((money.sizes(text) || []).length) data.values.quantity = "";
    }
    if (field === "values.sku" && !(data.known && data.known.code === text)) { data.known = null; resolve([row]); }
    listProblems();
    total(row);
  }

  const typeable = (row, field) => !row.getData().cancelled && !(field === "values.quantity" && (money.sizes(row.getData().sizes) || []).length);

  async function edit(row, field) {
    const element = row.getElement();
    if (!element || !element.isConnected) await table.scrollToRow(row, "nearest", false).catch(() => {});
    const cell = row.getCell(field);
    if (cell) { cell.edit(true); cell.getElement().scrollIntoView({ block: "nearest", inline: "nearest" }); }
  }

  async function vertical(row, field, step) {
    const next = step > 0 ? row.getNextRow() : row.getPrevRow();
    if (next) { edit(next, typeable(next, field) ? field : "values.sku"); return; }
    if (step > 0 && !isBlank(row.getData())) edit(await addLine(), "values.sku"); else leave(step);
  }

  async function sideways(row, field, step) {
    let at = FIELDS.indexOf(field) + step;
    while (FIELDS[at] && !typeable(row, FIELDS[at])) at += step;
    if (FIELDS[at]) { edit(row, FIELDS[at]); return; }
    const next = step > 0 ? row.getNextRow() : row.getPrevRow();
    if (next) { edit(next, step > 0 ? FIELDS[0] : FIELDS[FIELDS.length - 1]); return; }
    if (step > 0 && !isBlank(row.getData())) edit(await addLine(), FIELDS[0]); else leave(step);
  }

  // Out of the grid, so that nobody is trapped in it.
  function leave(step) {
    const after = find("#add-charge") || find("#card-terms .input");
    (step > 0 ? after : find("#remove-line")).focus();
  }

  // ---- rows ----
  async function addLine(data, after) {
    const row = await table.addRow(data || blank(), false, after);
    entry.changed();
    return row;
  }

  const current = () => { const at = table.getRows().find((row) => row.getData().key === entry.current); return at || table.getRows().filter((row) => !isBlank(row.getData())).pop(); };

  function removeLine() {
    const row = current();
    if (!row) return;
    const next = row.getNextRow() || row.getPrevRow();
    row.delete().then(function () {
      if (!table.getRows().length) addLine();
      entry.current = next ? next.getData().key : 0;
      entry.changed();
    });
  }

  function copyLine() {
    const row = current();
    if (!row) return;
    const copy = Object.assign(blank(), structuredClone(entry.plainRow(row.getData())), { id: null, address: "", known: row.getData().known });
    totalOf(copy);
    addLine(copy, row).then((made) => edit(made, "values.color"));
  }

  // ---- products ----
  const customer = () => find('[name="customer_id"]').value;

  async function lookUp(text) {
    const response = await app.request(config.products + "?q=" + encodeURIComponent(text) + "&customer=" + customer());
    const found = response.ok ? await response.json() : [];
    return found.map((product) => ({ label: product.code, sub: product.name, item: product }));
  }

  // What the product says goes where nothing was typed, or where an earlier product had put it.
  function fill(data, product) {
    const values = data.values, put = data.filled || {};
    data.known = product;
    const texts = { description: product.name, unit_price: product.unit_price, uom: product.uom === "EA" ? "" : product.uom, color: product.color || (product.colors.length === 1 ? product.colors[0] : "") };
    for (const [name, text] of Object.entries(texts)) {
      if (text && (!values[name] || values[name] === put[name])) { values[name] = text; put[name] = text; }
    }
    data.filled = put;
    totalOf(data);
  }

  // What item numbers mean that nobody chose from the list: one question for all of them.
  async function resolve(rows) {
    const open = rows.filter((row) => row.getData().values.sku && !row.getData().known);
    const codes = Array.from(new Set(open.map((row) => row.getData().values.sku)));
    for (let start = 0; start < codes.length; start += 500) {
      const body = JSON.stringify({ codes: codes.slice(start, start + 500), customer: customer() });
      let known;
      try {
        const response = await app.request(config.products, { method: "POST", body, headers: { "Content-Type": "application/json" } });
        if (!response.ok) return;
        known = await response.json();
      } catch { return; /* the server looks again when the order is saved */ }
      const asked = new Set(codes.slice(start, start + 500));
      open.filter((row) => asked.has(row.getData().values.sku)).forEach(function (row) {
        const data = row.getData(), product = known[data.values.sku];
        if (product) fill(data, product); else data.known = false;
        if (open.length < 100) refresh(row);
      });
    }
    if (open.length >= 100) refreshAll();
    entry.changed();
  }

  // ---- pasting from a spreadsheet ----
  const WORDS = [
    ["values.sku", /^(item|item ?(no|number|#)\.?|sku|art(icle|ikel)?\.?( ?(no|nr)\.?)?|product( code)?|style ?(no|number|#)\.?|code)$/i],
    ["values.description", /^(description|name|product name|bezeichnung|text|what)$/i],
    ["values.color", /^(colou?r|farbe)$/i],
    ["values.style", /^style$/i],
    ["sizes", /^sizes$/i],
    ["values.size", /^(size|grö(ß|ss)e)$/i],
    ["values.quantity", /^(qty\.?|quantity|pcs\.?|pieces|menge|anzahl|amount)$/i],
    ["values.unit_price", /^((unit )?price( each)?|each|preis|einzelpreis)$/i],
    ["values.special_instructions", /^(notes?|instructions?|remarks?|comments?)$/i],
  ];
  const SIZE = /^(\d{0,2}X{0,4}[SML]|\d?XXL|Y(XS|S|M|L|XL)|OSFA|OS|one size|\d{1,2}T)$/i;

  function cellsOf(text) {
    const rows = [[]];
    let word = "", quoted = false;
    const body = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    for (let at = 0; at < body.length; at += 1) {
      const letter = body[at];
      if (quoted) { if (letter === '"' && body[at + 1] === '"') { word += '"'; at += 1; } else if (letter === '"') quoted = false; else word += letter; }
      else if (letter === '"' && word === "") quoted = true;
      else if (letter === "\t") { rows[rows.length - 1].push(word); word = ""; }
      else if (letter === "\n") { rows[rows.length - 1].push(word); rows.push([]); word = ""; }
      else word += letter;
    }
    rows[rows.length - 1].push(word);
    return rows.map((cells) => cells.map((cell) => cell.replace(/\s+/g, " ").trim()));
  }

  // The columns by the heading row, if there is one; else by where the block was put.
  function columnsOf(rows, start) {
    const heads = rows[0].map((text) => (WORDS.find(([, words]) => words.test(text)) || [SIZE.test(text) ? "size:" + text : ""])[0]);
    const named = heads.filter(Boolean).length;
    if (rows.length > 1 && named >= 2 && heads.some((head) => head.startsWith("values.")) && !rows[0].some((text) => /^\d+([.,]\d+)?$/.test(text))) return { heads, body: rows.slice(1) };
    return { heads: rows[0].map((_, at) => FIELDS[start + at] || ""), body: rows };
  }

  // 12,50 and 1.250 in one block are a decimal comma and a thousands point; the server is sent the plain form.
  function numbersOf(heads, body) {
    const numeric = heads.map((head) => ["values.quantity", "values.unit_price"].includes(head) || head.startsWith("size:"));
    const texts = body.flatMap((cells) => cells.filter((_, at) => numeric[at]));
    const comma = texts.some((text) => /,\d{1,2}\D*$/.test(text)) && !texts.some((text) => /\.\d{1,2}\D*$/.test(text));
    return (text, at) => (numeric[at] && comma ? text.replace(/[.\s](?=\d{3})/g, "").replace(",", ".") : text);
  }

  async function paste(text, from, field) {
    const { heads, body } = columnsOf(cellsOf(text), Math.max(0, FIELDS.indexOf(field)));
    const plain = numbersOf(heads, body);
    const all = table.getRows().map((row) => row.getData());
    let at = from ? all.findIndex((data) => data.key === from.getData().key) : all.findIndex(isBlank);
    if (at < 0) at = all.length;
    const touched = new Set();
    body.forEach(function (cells) {
      if (!cells.some(Boolean)) return;
      const data = all[at] || (all[at] = blank());
      const broken = [];
      cells.forEach(function (cell, column) {
        const head = heads[column];
        if (!head || (head === "values.unit_price" && !config.with_money)) return;
        if (head.startsWith("size:")) { if (cell && cell !== "0") broken.push(head.slice(5) + " " + plain(cell, column)); }
        else if (head === "sizes") data.sizes = cell;
        else { data.values[head.slice(7)] = plain(cell, column); if (head === "values.sku") data.known = null; }
      });
      if (broken.length) data.sizes = broken.join(", ");
      touched.add(data.key);
      at += 1;
    });
    forget(touched);
    await table.setData(all);
    all.forEach(totalOf);
    table.redraw(true);
    app.toast(touched.size + (touched.size === 1 ? " line" : " lines") + " pasted.", "success");
    entry.changed();
    await resolve(table.getRows().filter((row) => touched.has(row.getData().key)));
  }

  root.addEventListener("paste", function (event) {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.replace(/[\r\n]+$/, ""))) return;
    event.preventDefault(); event.stopPropagation();
    const cell = event.target.closest(".tabulator-cell"), line = event.target.closest(".tabulator-row");
    const row = line ? table.getRow(line) : null, field = cell ? cell.getAttribute("tabulator-field") : FIELDS[0];
    if (document.activeElement.matches(".cell-input")) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    paste(text, row, field);
  }, true);

  // ---- sums ----
  const places = () => { const code = (find('[name="order-currency"]') || {}).value || "USD"; return code.toUpperCase() in config.places ? config.places[code.toUpperCase()] : 2; };
  const totals = new Map();
  function totalOf(data) {
    if (data.cancelled) { totals.delete(data.key); return; }
    data.total = money.line(data, places());
    totals.set(data.key, [data.total, money.pieces(data)]);
  }
  function total(row) {
    totalOf(row.getData());
    refresh(row);
    entry.changed();
  }
  const totalText = (cell) => { const data = cell.getData(); return document.createTextNode(data.total ? money.show(data.total, places()) : ""); };

  // ---- problems the server found, by line and field ----
  function forget(keys) {
    Array.from(entry.problems.keys()).forEach((name) => { if (keys.has(Number(name.split("/")[0]))) entry.problems.delete(name); });
    listProblems();
  }

  function wordsOf(name) {
    const parts = /^(delivery|decoration)-(\d+)-(.+)$/.exec(name), field = parts ? parts[3] : name;
    const labels = Array.from(document.querySelectorAll("template")).flatMap((template) => Array.from(template.content.querySelectorAll('[data-box="' + field + '"] label')));
    const label = TITLES["values." + field] || TITLES[field] || (labels[0] ? labels[0].textContent.replace("*", "").trim() : field);
    return (parts ? parts[1] + " " + (Number(parts[2]) + 1) + ", " : "") + label;
  }

  function listProblems() {
    const box = find("#line-problems"), rows = new Map(table.getRows().map((row) => [row.getData().key, row]));
    const found = Array.from(entry.problems.entries()).map(([name, text]) => { const [key, field] = name.split("/"); return { row: rows.get(Number(key)), field, text }; }).filter((problem) => problem.row);
    box.replaceChildren();
    if (!found.length) return;
    const note = document.createElement("div"), list = document.createElement("ul");
    note.className = "note error"; note.append(list);
    found.slice(0, 12).forEach(function (problem) {
      const item = document.createElement("li"), link = document.createElement("button");
      link.type = "button"; link.className = "btn link";
      link.textContent = "Line " + problem.row.getPosition() + ", " + wordsOf(problem.field);
      link.addEventListener("click", function () {
        const field = problem.field === "sizes" ? "sizes" : "values." + problem.field;
        if (FIELDS.includes(field)) edit(problem.row, field); else entry.openDrawer(problem.row, problem.field);
      });
      item.append(link, ": " + problem.text);
      list.append(item);
    });
    if (found.length > 12) { const item = document.createElement("li"); item.textContent = "and " + (found.length - 12) + " more"; list.append(item); }
    box.append(note);
  }

  // problems: what the server says by "line-3-quantity"; sent: the rows as they were sent.
  function showProblems(problems, sent) {
    entry.problems.clear();
    for (const [name, text] of Object.entries(problems)) {
      const match = /^line-(\d+)-(.+)$/.exec(name);
      if (match && sent[match[1]]) entry.problems.set(sent[match[1]].key + "/" + match[2], text);
    }
    refreshAll();
    listProblems();
  }

  // ---- the grid itself ----
  const typed = (field, title, more) => Object.assign({ title, field, editor, formatter: cellText, headerSort: false, editable: (cell) => typeable(cell.getRow(), field) }, more);
  const initial = JSON.parse(find('[name="lines"]').value || "[]").map(stored);
  initial.forEach((row) => { row.known = row.values.sku ? undefined : null; });
  if (!initial.length) initial.push(blank());
  table = new window.Tabulator(root, {
    data: initial, index: "key", layout: "fitColumns", maxHeight: "560px", columnDefaults: { resizable: false, tooltip: false },
    placeholder: "No lines yet", rowHeight: 44, editTriggerEvent: "focus", nestedFieldSeparator: ".",
    columns: [
      { title: "#", formatter: "rownum", width: room(52, 40), headerSort: false, cssClass: "number right" },
      typed("values.sku", "Item", { widthGrow: 1.3, minWidth: room(120, 94) }),
      typed("values.description", "Description", { widthGrow: 2.6, minWidth: room(170, 116) }),
      typed("values.color", "Colour", { widthGrow: 1, minWidth: room(90, 68) }),
      typed("sizes", "Sizes (S 12, M 24)", { widthGrow: 1.8, minWidth: room(150, 108) }),
      typed("values.quantity", "Quantity", { width: room(96, 78), cssClass: "right", headerHozAlign: "right" }),
    ].concat(config.with_money ? [
      typed("values.unit_price", "Unit price", { width: room(104, 82), cssClass: "right", headerHozAlign: "right" }),
      { title: "Total", field: "total", formatter: totalText, width: room(116, 92), headerSort: false, cssClass: "total right", headerHozAlign: "right" },
    ] : [], [{ title: "More", field: "more", formatter: moreCell, width: room(132, 84), headerSort: false }]),
  });

  table.on("tableBuilt", function () {
    mendRoles();
    initial.forEach(totalOf);
    table.redraw(true);
    showProblems(config.problems, initial);
    build();
    resolve(table.getRows().filter((row) => row.getData().known === undefined));
  });
  table.on("cellEditing", function (cell) {
    const before = entry.current;
    entry.current = cell.getData().key;
    if (before !== entry.current) root.dispatchEvent(new CustomEvent("line:current"));
  });
  table.on("rowDeleted", (row) => totals.delete(row.getData().key));
  table.on("renderComplete", mendRoles);

  // The library's markup without what screen readers stumble over: a focusable box inside the grid.
  function mendRoles() {
    root.setAttribute("aria-label", "Lines of the order");
    root.setAttribute("aria-describedby", "lines-help");
    const holder = find(".tabulator-tableholder", root);
    if (holder) { holder.removeAttribute("tabindex"); holder.setAttribute("role", "presentation"); }
    app.all(".tabulator-header, .tabulator-header-contents", root).forEach((element) => element.setAttribute("role", "presentation"));
    app.all(".tabulator-headers", root).forEach((element) => element.setAttribute("role", "row"));
    app.all(".tabulator-col", root).forEach((element) => { element.setAttribute("role", "columnheader"); element.removeAttribute("aria-sort"); });
  }

  find("#add-line").addEventListener("click", async function () {
    const last = table.getRows().pop();
    edit(last && isBlank(last.getData()) ? last : await addLine(), "values.sku");
  });
  find("#copy-line").addEventListener("click", copyLine);
  find("#remove-line").addEventListener("click", removeLine);

  Object.assign(entry, {
    table: () => table, total, refresh, totalOf, places, edit, resolve, listProblems, showProblems, isBlank, fields: FIELDS,
    data: () => table.getRows().map((row) => row.getData()),
    rows: () => entry.data().filter((row) => !isBlank(row)),
    sums: () => { let goods = 0n, pieces = 0n; totals.forEach(([amount, count]) => { goods += amount; pieces += count; }); return { goods, pieces, lines: totals.size }; },
    plainRow: ({ id, address, values, sizes, schedule, decorations }) => ({ id, address, values: Object.fromEntries(Object.entries(values).filter(([, text]) => text)), sizes, schedule, decorations }),
  });
})();
