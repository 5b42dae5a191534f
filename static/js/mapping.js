// The mapping wizard: choose a place in the sheet, say what it is, see the order change. The server does the reading.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app;
  const wizard = find("[data-wizard]");
  if (!wizard) return;
  const pop = find("[data-pop]"), undo = find("[data-undo]"), save = find("[data-save]");
  const before = [];  // layouts to go back to
  let place = "", ticket = 0, changed = false;

  const definition = () => find("[data-definition]", wizard).value;
  const grid = () => find("[data-grid-scroll]", wizard);
  const viewed = () => grid().dataset.sheetName;
  const cells = () => all("[data-at]", grid());
  const at = (where) => find('[data-at="' + CSS.escape(where) + '"]', grid());

  // ---- asking the server ----
  async function post(url, words) {
    const body = new FormData();
    Object.entries(words).forEach(([name, value]) => body.set(name, value));
    const response = await app.request(url, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    if (app.loggedOut(response)) {
      if (await app.relogin()) return post(url, words);
      return null;
    }
    return response;
  }

  const words = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent.trim();

  async function read(change, options) {
    const mine = ++ticket, was = definition();
    wizard.setAttribute("aria-busy", "true");
    let response = null;
    try {
      response = await post(wizard.dataset.read, Object.assign({ definition: was, view: viewed() }, change));
    } catch { app.toast(app.offline, "error"); }
    if (mine !== ticket) return false;
    wizard.removeAttribute("aria-busy");
    if (!response) return false;
    const html = await response.text();
    if (!response.ok) { say(words(html)); return false; }
    if (!(options && options.quiet)) { before.push(was); undo.disabled = false; changed = true; }
    draw(html);
    return true;
  }

  function draw(html) {
    const old = grid(), top = old.scrollTop, left = old.scrollLeft, name = old.dataset.sheetName;
    const order = find(".draft-scroll", wizard), down = order ? order.scrollTop : 0;
    wizard.innerHTML = html;
    if (viewed() === name) grid().scrollTo(left, top);
    if (find(".draft-scroll", wizard)) find(".draft-scroll", wizard).scrollTop = down;
    settle();
    whole();
  }

  // A large file is shown by its first rows at once; all of it follows.
  async function whole() {
    const draft = find("[data-draft][data-part]", wizard);
    if (!draft) return;
    const mine = ticket;
    draft.setAttribute("aria-busy", "true");
    try {
      const response = await post(wizard.dataset.whole, { definition: definition() });
      if (response && response.ok && mine === ticket) draft.innerHTML = await response.text();
    } catch { app.toast(app.offline, "error"); }
    draft.removeAttribute("aria-busy");
  }

  function say(text) {
    const slot = pop.open && find(".map-pop-body", pop);
    if (!slot) { app.toast(text, "error"); return; }
    const old = find(".refused", slot);
    if (old) old.remove();
    const note = document.createElement("p");
    note.className = "refused"; note.setAttribute("role", "alert"); note.textContent = text;
    slot.prepend(note);
  }

  // ---- the sheet as a grid: one cell takes the focus, the arrows move it ----
  function settle() {
    const here = (place && at(place)) || find("th.mean", grid()) || cells()[0];
    if (!here) return;
    here.tabIndex = 0;
    if (place && (document.activeElement === document.body || !document.activeElement)) here.focus({ preventScroll: true });
  }

  function go(cell) {
    if (!cell) return;
    cells().forEach((one) => { one.tabIndex = -1; });
    cell.tabIndex = 0;
    place = cell.dataset.at;
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function beside(cell, down, right) {
    if (right) {
      const row = all("[data-at]", cell.parentElement);
      return row[row.indexOf(cell) + right];
    }
    const middle = cell.getBoundingClientRect(), rows = all("tr", grid());
    for (let n = rows.indexOf(cell.parentElement) + down; n >= 0 && n < rows.length; n += down) {
      const row = all("[data-at]", rows[n]);
      const found = row.find((one) => { const box = one.getBoundingClientRect(); return box.left <= middle.left + 1 && box.right > middle.left + 1; });
      if (found) return found;
    }
    return null;
  }

  // Which question a place asks: cells of the table speak for their column.
  function question(cell) {
    const where = cell.dataset.at, row = cell.closest("tr");
    const inside = row && /r-(line|heading)/.test(row.className);
    return inside && /^[A-Z]+\d+$/.test(where) ? where.replace(/\d+/, "") : where;
  }

  wizard.addEventListener("click", function (event) {
    const cell = event.target.closest("[data-at]");
    if (cell) {
      if (grid().contains(cell)) go(cell); else place = cell.dataset.at;
      ask(grid().contains(cell) ? question(cell) : cell.dataset.at, cell);
      return;
    }
    const tab = event.target.closest("[data-view-sheet]");
    if (tab) { place = ""; read({ view: tab.dataset.viewSheet }, { quiet: true }); return; }
    const show = event.target.closest("[data-show]");
    if (show) { look(show.dataset.show, show.dataset.showSheet); return; }
    const act = event.target.closest("[data-do]");
    if (act) { place = ""; read({ do: act.dataset.do }); }
  });

  async function look(where, sheet) {
    if (sheet && sheet !== viewed()) await read({ view: sheet }, { quiet: true });
    const found = at(where);
    if (found) go(found); else app.toast("Row " + where.replace(/\D/g, "") + " is not shown here; it is read like those above.", "info");
  }

  wizard.addEventListener("keydown", function (event) {
    const cell = event.target.closest("[data-at]");
    if (!cell || !grid().contains(cell) || event.altKey) return;
    place = cell.dataset.at;
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const row = all("[data-at]", cell.parentElement);
    if (move) { event.preventDefault(); go(beside(cell, ...move)); }
    else if (event.key === "Home") { event.preventDefault(); go(event.ctrlKey ? cells()[0] : row[0]); }
    else if (event.key === "End") { event.preventDefault(); go(event.ctrlKey ? cells().pop() : row[row.length - 1]); }
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); ask(question(cell), cell); }
    else if (event.ctrlKey || event.metaKey) return;
    else if (event.key.toLowerCase() === "c") { const letter = cell.dataset.at.replace(/\d/g, ""); if (letter) ask(letter, cell); }
    else if (event.key.toLowerCase() === "r") { const number = cell.dataset.at.replace(/\D/g, ""); if (number) ask(number, cell); }
  });

  // A line of the order and its row in the sheet light up together.
  ["mouseover", "focusin"].forEach((name) => wizard.addEventListener(name, function (event) {
    const line = event.target.closest("[data-line]"), row = event.target.closest("[data-row]");
    const number = line ? line.dataset.line : row ? row.dataset.row : "";
    all(".lit", wizard).forEach((one) => one.classList.remove("lit"));
    if (number) all('[data-line="' + number + '"], [data-row="' + number + '"]', wizard).forEach((one) => one.classList.add("lit"));
  }));

  // ---- the small dialog ----
  let asked = "", from = null;
  async function ask(where, opener) {
    asked = where; from = opener ? opener.getBoundingClientRect() : from;
    let response = null;
    try { response = await post(wizard.dataset.ask, { definition: definition(), view: viewed(), at: where }); } catch { app.toast(app.offline, "error"); }
    if (!response) return;
    const html = await response.text();
    if (!response.ok) { app.toast(words(html), "error"); return; }
    pop.innerHTML = html;
    all("[data-meaning]", pop).forEach(offer);
    all("[data-step]", pop).forEach(shapeStep);
    if (!pop.open) pop.showModal();
    put();
    const first = find("[autofocus]", pop) || find("h1", pop);
    if (first) first.focus();
  }

  // Beside the place that was chosen, and within the window.
  function put() {
    const box = pop.getBoundingClientRect(), gap = 8;
    if (!from || innerWidth < 700) { pop.style.left = pop.style.top = ""; pop.classList.add("middle"); return; }
    pop.classList.remove("middle");
    const left = Math.max(gap, Math.min(from.left, innerWidth - box.width - gap));
    const below = from.bottom + gap + box.height <= innerHeight;
    const top = below ? from.bottom + gap : Math.max(gap, Math.min(from.top - box.height - gap, innerHeight - box.height - gap));
    pop.style.left = left + "px";
    pop.style.top = Math.max(gap, top) + "px";
  }

  function shut() {
    if (pop.open) pop.close();
  }
  pop.addEventListener("close", function () {
    pop.innerHTML = "";
    const back = (place && at(place)) || (place && find('[data-at="' + CSS.escape(place) + '"]', wizard));
    if (back) back.focus({ preventScroll: true });
  });
  pop.addEventListener("click", function (event) {
    if (event.target === pop) {  // beside the dialog: close it, and take the click to what lies there
      shut();
      const under = document.elementFromPoint(event.clientX, event.clientY);
      if (under && wizard.contains(under) && under.closest("[data-at]")) under.closest("[data-at]").click();
      return;
    }
    if (event.target.closest("[data-shut]")) { shut(); return; }
    const act = event.target.closest("[data-do]");
    if (!act) return;
    const change = {};
    Object.entries(act.dataset).forEach(([name, value]) => { if (name === "do") change.do = value; else if (name.endsWith("Value")) change[name.slice(0, -5)] = value; });
    apply(change, act.dataset.do === "drop_constant");
  });
  pop.addEventListener("submit", function (event) {
    event.preventDefault();
    const form = event.target.closest("[data-change]");
    if (form) apply(Object.fromEntries(new FormData(form)), "stay" in form.dataset);
  });
  pop.addEventListener("change", function (event) {
    const step = event.target.closest("[data-step]");
    if (step) { shapeStep(step); put(); }
  });

  async function apply(change, stay) {
    if (!(await read(change))) return;
    if (stay) ask(asked); else shut();
  }

  // A step shows the words its kind wants.
  function shapeStep(step) {
    const chosen = find("[data-kind]", step).selectedOptions[0], kind = chosen.value;
    [["first", find("[data-first]:not(option)", step)], ["second", find("[data-second]:not(option)", step)]].forEach(function ([name, input]) {
      const label = chosen.dataset[name] || "";
      input.hidden = !label || kind === "lookup";
      input.placeholder = label;
      if (label) input.setAttribute("aria-label", chosen.textContent.trim() + ": " + label);
    });
    const table = find("[data-table]", step), first = find("[data-first]:not(option)", step), other = find("[data-other]", step);
    table.hidden = other.hidden = kind !== "lookup";
    if (kind === "lookup") first.value = find("select", other).value;
  }

  // ---- the list of meanings: type, arrows, Enter ----
  function offer(box) {
    const input = find("input", box), list = find("ul", box), which = box.dataset.which;
    const source = document.getElementById("meanings-" + list.dataset.list);
    list.append(source.content.cloneNode(true));
    const options = all("[role=option]", list);
    options.forEach((one, n) => { one.id = list.id + "-" + n; one.setAttribute("aria-selected", "false"); });
    let active = null;

    const shown = () => options.filter((one) => !one.hidden);
    function point(one) {
      if (active) active.setAttribute("aria-selected", "false");
      active = one || null;
      if (active) { active.setAttribute("aria-selected", "true"); active.scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", active.id); }
      else input.removeAttribute("aria-activedescendant");
    }
    function rank(one, parts) {
      const label = one.textContent.trim().toLowerCase(), whole = " " + one.dataset.words + " ";
      if (!parts.every((part) => whole.includes(part))) return 0;
      if (label.startsWith(parts[0])) return 3;
      return whole.includes(" " + parts[0]) ? 2 : 1;
    }
    function narrow() {
      const parts = input.value.toLowerCase().trim().split(/\s+/).filter(Boolean);
      let best = null, most = 0;
      options.forEach(function (one) {
        const good = parts.length ? rank(one, parts) : 1;
        one.hidden = !good;
        if (parts.length && good > most) { best = one; most = good; }
      });
      all(".group", list).forEach(function (group) {
        let next = group.nextElementSibling, some = false;
        while (next && !next.classList.contains("group")) { some = some || !next.hidden; next = next.nextElementSibling; }
        group.hidden = !some;
      });
      point(best);
    }
    function choose(one) {
      if (!one) return;
      if (list.dataset.list === "constant") {
        input.value = one.textContent.trim();
        find("input[name=meaning]", box.closest("form")).value = one.dataset.value;
        find("#constant-value", pop).focus();
        return;
      }
      apply({ do: "mean", at: asked, which, meaning: one.dataset.value });
    }
    input.addEventListener("input", narrow);
    input.addEventListener("keydown", function (event) {
      const now = shown(), n = now.indexOf(active);
      if (event.key === "ArrowDown") { event.preventDefault(); point(now[Math.min(n + 1, now.length - 1)]); }
      else if (event.key === "ArrowUp") { event.preventDefault(); point(now[Math.max(n - 1, 0)]); }
      else if (event.key === "Enter") { event.preventDefault(); choose(active); }
    });
    list.addEventListener("click", (event) => choose(event.target.closest("[role=option]")));
  }

  // ---- back, leaving, saving, trying ----
  async function back() {
    const last = before.pop();
    if (last === undefined) return;
    undo.disabled = !before.length;
    const text = find("[data-definition]", wizard);
    text.value = last;
    await read({}, { quiet: true });
  }
  undo.addEventListener("click", back);
  document.addEventListener("keydown", function (event) {
    const typing = event.target.closest("input, textarea, select");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing && !pop.open) { event.preventDefault(); back(); }
  });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  save.addEventListener("submit", async function (event) {
    event.preventDefault();
    const sent = Object.fromEntries(new FormData(save, event.submitter)), said = find("[data-save-said]", save);
    const buttons = all("button", save);
    buttons.forEach((one) => { one.disabled = true; });
    said.textContent = "Reading and saving …";
    try {
      sent.definition = definition();
      const response = await post(save.action, sent);
      if (!response) { said.textContent = ""; return; }
      const goal = response.headers.get("X-Location");
      if (response.status === 204 && goal) { changed = false; location.assign(goal); return; }
      said.innerHTML = await response.text();
    } catch {
      said.textContent = app.offline;
    } finally {
      buttons.forEach((one) => { one.disabled = false; });
    }
  });

  const others = find("[data-others]"), list = find("[data-others-place]");
  others.addEventListener("click", async function () {
    others.disabled = true;
    try {
      const response = await post(others.dataset.others, { customer: save.elements.customer.value });
      if (!response) return;
      list.innerHTML = await response.text();
      list.scrollIntoView({ block: "nearest", behavior: "smooth" });
      for (const row of all("[data-try]", list)) await tryOn(row);
    } catch { app.toast(app.offline, "error"); } finally { others.disabled = false; }
  });

  async function tryOn(row) {
    const wait = find("td:last-child", row);
    wait.textContent = "is being read …";
    const response = await post(row.dataset.try, { definition: definition() });
    if (!response) return;
    const html = await response.text();
    if (response.ok) row.innerHTML = html; else wait.textContent = words(html);
  }

  settle();
  whole();
})();
