// The page where one can be the manager of a workbook of the emulator.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { book: null, tab: 0, from: [0, 0], to: [0, 0], held: null, number: -1 };

async function control(name, data) {
  const answer = await fetch(`/_control/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data || {}),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error || "That did not work.");
  return found;
}

function say(text, bad) {
  $("said").textContent = text;
  $("said").classList.toggle("bad", Boolean(bad));
}

function letters(column) {
  let name = "";
  for (let n = column + 1; n > 0; n = Math.floor((n - 1) / 26)) {
    name = String.fromCharCode(65 + ((n - 1) % 26)) + name;
  }
  return name;
}

function box() {
  const [a, b] = [state.from, state.to];
  return {
    top: Math.min(a[0], b[0]), bottom: Math.max(a[0], b[0]),
    left: Math.min(a[1], b[1]), right: Math.max(a[1], b[1]),
  };
}

function range() {
  const at = box();
  return `${letters(at.left)}${at.top + 1}:${letters(at.right)}${at.bottom + 1}`;
}

const tab = () => state.book.tabs[state.tab];

// ------------------------------------------------------------ drawing

function cellsOf(sheet) {
  const found = new Map();
  for (const cell of sheet.cells) found.set(`${cell.r}:${cell.c}`, cell);
  return found;
}

function hiddenByMerge(sheet) {
  const covered = new Set();
  const first = new Map();
  for (const [top, bottom, left, right] of sheet.merges) {
    first.set(`${top}:${left}`, [bottom - top, right - left]);
    for (let r = top; r < bottom; r += 1) {
      for (let c = left; c < right; c += 1) if (r !== top || c !== left) covered.add(`${r}:${c}`);
    }
  }
  return { covered, first };
}

function head(columns) {
  const line = document.createElement("tr");
  const corner = document.createElement("th");
  corner.scope = "col";
  corner.textContent = "Row";
  line.append(corner);
  for (let c = 0; c < columns; c += 1) {
    const name = document.createElement("th");
    name.scope = "col";
    name.textContent = letters(c) + (tab().hiddenColumns.includes(c) ? " (hidden)" : "");
    line.append(name);
  }
  const part = document.createElement("thead");
  part.append(line);
  return part;
}

function drawn(cell, r, c) {
  const td = document.createElement("td");
  td.dataset.r = r;
  td.dataset.c = c;
  if (!cell) return td;
  td.textContent = cell.t;
  if (cell.t !== "" && !Number.isNaN(Number(cell.t))) td.classList.add("number");
  if (cell.w) td.classList.add("bold");
  if (cell.n) {
    td.classList.add("noted");
    td.title = cell.n;
  }
  if (cell.b) {
    const part = (name) => Math.round((cell.b[name] || 0) * 255);
    td.classList.add("painted");
    td.style.backgroundColor = `rgb(${part("red")}, ${part("green")}, ${part("blue")})`;
  }
  return td;
}

function draw() {
  const sheet = tab();
  const cells = cellsOf(sheet);
  const merged = hiddenByMerge(sheet);
  const lastRow = Math.max(0, ...sheet.cells.map((cell) => cell.r));
  const lastColumn = Math.max(0, ...sheet.cells.map((cell) => cell.c));
  const rows = Math.min(sheet.rows, lastRow + 25, 1500);
  const columns = Math.min(sheet.columns, Math.max(lastColumn + 3, 12));
  const body = document.createElement("tbody");
  for (let r = 0; r < rows; r += 1) {
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = r + 1;
    line.append(name);
    for (let c = 0; c < columns; c += 1) {
      if (merged.covered.has(`${r}:${c}`)) continue;
      const td = drawn(cells.get(`${r}:${c}`), r, c);
      const span = merged.first.get(`${r}:${c}`);
      if (span) [td.rowSpan, td.colSpan] = span;
      if (r === sheet.frozen - 1) td.classList.add("frozen");
      line.append(td);
    }
    body.append(line);
  }
  const table = document.createElement("table");
  table.append(head(columns), body);
  const { scrollTop, scrollLeft } = $("sheet");
  $("sheet").replaceChildren(table);
  $("sheet").scrollTo(scrollLeft, scrollTop);
  drawTabs();
  drawVersions();
  choose();
}

function drawTabs() {
  const buttons = state.book.tabs.map((sheet, n) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sheet.title + (sheet.hidden ? " (hidden)" : "");
    button.setAttribute("aria-current", String(n === state.tab));
    button.addEventListener("click", () => {
      state.tab = n;
      state.from = state.to = [0, 0];
      draw();
    });
    return button;
  });
  $("tabs").replaceChildren(...buttons);
}

function drawVersions() {
  const options = state.book.versions.slice(0, -1).reverse().map((version) => {
    const option = document.createElement("option");
    option.value = version.number;
    option.textContent = `${version.number}: ${version.at.slice(11, 19)} ${version.user.split("@")[0]}`;
    return option;
  });
  $("version").replaceChildren(...options);
}

function choose() {
  const at = box();
  for (const td of $("sheet").querySelectorAll("td.chosen, td.here")) {
    td.classList.remove("chosen", "here");
  }
  for (const td of $("sheet").querySelectorAll("td")) {
    const [r, c] = [Number(td.dataset.r), Number(td.dataset.c)];
    if (r >= at.top && r <= at.bottom && c >= at.left && c <= at.right) td.classList.add("chosen");
    if (r === state.from[0] && c === state.from[1]) {
      td.classList.add("here");
      td.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
  const cell = tab().cells.find((one) => one.r === state.from[0] && one.c === state.from[1]);
  $("place").textContent = at.top === at.bottom && at.left === at.right
    ? `${letters(at.left)}${at.top + 1}` : range();
  $("text").value = cell ? cell.f || cell.t : "";
  $("note").value = (cell && cell.n) || "";
}

// ------------------------------------------------------------ doing

async function load(quietly) {
  const id = $("workbook").value;
  if (!id) return;
  const book = await control("workbook", { id });
  if (quietly && state.book && state.book.id === id && book.version === state.number) return;
  if (!state.book || state.book.id !== id) state.tab = 0;
  state.book = book;
  state.number = book.version;
  state.tab = Math.min(state.tab, book.tabs.length - 1);
  $("address").textContent = `Spreadsheet id ${id}`;
  draw();
}

async function books(chosen) {
  const found = await control("workbooks");
  const mine = found.filter((book) => book.owner !== "somebody@example.org");
  $("workbook").replaceChildren(...mine.map((book) => {
    const option = document.createElement("option");
    option.value = book.id;
    option.textContent = book.title + (book.trashed ? " (in the bin)" : "");
    return option;
  }));
  if (chosen) $("workbook").value = chosen;
  if (!mine.length) say("There is no workbook yet: choose New workbook.");
}

async function act(action, data) {
  try {
    await control("act", {
      id: state.book.id, user: $("user").value, tab: tab().title, action, ...data,
    });
    say("");
    await load();
  } catch (problem) {
    say(problem.message, true);
  }
}

async function ask(question, value) {
  $("question").textContent = question;
  $("reply").value = value || "";
  $("ask").showModal();
  await new Promise((done) => { $("ask").addEventListener("close", done, { once: true }); });
  return $("ask").returnValue === "ok" ? $("reply").value.trim() : "";
}

async function paste() {
  if (!state.held || state.held.book !== state.book.id) {
    say("Copy or cut some cells first.", true);
    return;
  }
  const to = `${letters(box().left)}${box().top + 1}`;
  await act(state.held.cut ? "cut" : "copy", { range: state.held.range, to, });
  if (state.held.cut) state.held = null;
}

function hold(cut) {
  const title = tab().title.replaceAll("'", "''");
  state.held = { book: state.book.id, range: `'${title}'!${range()}`, cut };
  say(`${range()} ${cut ? "is cut" : "is copied"}: choose where it goes and press Paste.`);
}

const doing = {
  sort: (button) => act("sort", { column: box().left, descending: button.dataset.way === "down" }),
  insert_rows: () => act("insert_rows", { at: box().top + 1 }),
  delete_rows: () => act("delete_rows", { at: box().top + 1, count: box().bottom - box().top + 1 }),
  insert_columns: () => act("insert_columns", { at: box().left }),
  delete_columns: () => act("delete_columns", { at: box().left, count: box().right - box().left + 1 }),
  left: () => act("move_columns", { at: box().left, to: Math.max(0, box().left - 1) }),
  right: () => act("move_columns", { at: box().left, to: box().left + 2 }),
  copy: () => hold(false),
  cut: () => hold(true),
  paste,
  clear: () => act("clear", { range: range() }),
  merge: () => act("merge", { range: range() }),
  unmerge: () => act("unmerge", { range: range() }),
  restore: () => act("restore", { version: Number($("version").value) }),
  delete_tab: () => act("delete_tab", {}),
  add_tab: async () => {
    const title = await ask("Title of the new tab");
    if (title) await act("add_tab", { title });
  },
  rename_tab: async () => {
    const title = await ask("New title", tab().title);
    if (title) await act("rename_tab", { title });
  },
};

function step(down, right, wider) {
  const spot = wider ? state.to : state.from;
  const next = [
    Math.min(Math.max(0, spot[0] + down), tab().rows - 1),
    Math.min(Math.max(0, spot[1] + right), tab().columns - 1),
  ];
  state.to = next;
  if (!wider) state.from = next;
  choose();
}

const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function pressed(event) {
  if (KEYS[event.key]) {
    step(...KEYS[event.key], event.shiftKey);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    doing.clear();
  } else if (event.key === "Enter" || event.key === "F2") {
    $("text").focus();
  } else if (event.ctrlKey && "cxv".includes(event.key)) {
    ({ c: doing.copy, x: doing.cut, v: doing.paste })[event.key]();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
    $("text").value = "";
    $("text").focus();
    return;
  } else {
    return;
  }
  event.preventDefault();
}

// ------------------------------------------------------------ wiring

function wire() {
  $("sheet").addEventListener("keydown", pressed);
  $("sheet").addEventListener("mousedown", (event) => {
    const td = event.target.closest("td");
    if (!td) return;
    const spot = [Number(td.dataset.r), Number(td.dataset.c)];
    state.to = spot;
    if (!event.shiftKey) state.from = spot;
    choose();
  });
  $("sheet").addEventListener("mouseover", (event) => {
    const td = event.target.closest("td");
    if (!td || event.buttons !== 1) return;
    state.to = [Number(td.dataset.r), Number(td.dataset.c)];
    choose();
  });
  $("sheet").addEventListener("dblclick", () => $("text").focus());
  $("entry").addEventListener("submit", async (event) => {
    event.preventDefault();
    await act("edit", { cell: letters(state.from[1]) + (state.from[0] + 1), value: $("text").value });
    step(1, 0, false);
    $("sheet").focus();
  });
  $("note").addEventListener("change", () => {
    act("note", { cell: letters(state.from[1]) + (state.from[0] + 1), text: $("note").value });
  });
  $("workbook").addEventListener("change", () => load());
  $("new").addEventListener("click", async () => {
    const title = await ask("Title of the new workbook", "Live orders");
    if (!title) return;
    const made = await control("seed", { title });
    await books(made.id);
    await load();
  });
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => state.book && doing[button.dataset.do](button));
  }
}

async function start() {
  wire();
  await books();
  await load();
  // What the other side writes appears by itself, but never while somebody types.
  setInterval(() => {
    if (!$("entry").contains(document.activeElement) && !$("ask").open) load(true);
  }, 1500);
}

start();
