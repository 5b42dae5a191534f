// Forms: nothing typed gets lost, sums of the quantity grid, parts of the page that refresh themselves.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app;

  // ---- data-guard: ask before leaving with unsaved changes ----
  const guarded = (form) => form && form.matches("form[data-guard], form[data-keep], .admin-form, #popup form");
  document.addEventListener("input", function (event) {
    const form = event.target.closest("form");
    if (guarded(form)) form.dataset.dirty = "1";
    if (form && form.dataset.keep) keep(form);
  });
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented && event.target.closest("#popup")) return;
    delete event.target.dataset.dirty;
    if (event.target.dataset.keep) { keep(event.target); mark(event.target.dataset.keep, "sent"); }
  });
  window.addEventListener("beforeunload", function (event) {
    if (app.popup && app.popup.leaving) return;
    if (all("form[data-dirty]").length) event.preventDefault();
  });

  // ---- data-keep="key": what is typed survives a lost session ----
  const PREFIX = "keep:";
  const read = (key) => { try { return JSON.parse(sessionStorage.getItem(PREFIX + key)); } catch { return null; } };
  const write = (key, entry) => { try { sessionStorage.setItem(PREFIX + key, JSON.stringify(entry)); } catch { /* full or blocked: the page still works */ } };
  const forget = (key) => { try { sessionStorage.removeItem(PREFIX + key); } catch { /* blocked: nothing was kept */ } };
  const keepable = (field) => field.name && field.name !== "csrf_token" && !["password", "file", "hidden", "submit", "button"].includes(field.type);

  function keep(form) {
    const values = Array.from(form.elements).filter(keepable).map((field) =>
      [field.name, field.type === "checkbox" || field.type === "radio" ? [field.value, field.checked] : field.value]);
    write(form.dataset.keep, { values, state: "typing" });
  }

  function mark(key, state) {
    const entry = read(key);
    if (entry) write(key, Object.assign(entry, { state }));
  }

  function restore(form, entry) {
    const seen = {};
    entry.values.forEach(function ([name, value]) {
      const fields = Array.from(form.elements).filter((field) => field.name === name && keepable(field));
      if (Array.isArray(value)) {
        const box = fields.find((field) => field.value === value[0]);
        if (box) box.checked = value[1];
        return;
      }
      seen[name] = (seen[name] || 0) + 1;
      const field = fields[seen[name] - 1];
      if (field) field.value = value;
    });
    form.dataset.dirty = "1";
    app.toast("You were signed out. What you typed is back; save it now.", "info");
    all("table[data-qty]", form).forEach(sums);
  }

  // After a POST the next page tells what happened: the sign-in page means "lost", the form itself means "back".
  function settle() {
    const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    const signIn = find("form[data-login]");
    keys.forEach(function (key) {
      const entry = read(key);
      if (!entry) return;
      if (signIn) { mark(key, "lost"); return; }
      const form = all("form[data-keep]").find((item) => item.dataset.keep === key);
      if (entry.state === "lost" && !form) return;
      if (entry.state === "lost") restore(form, entry);
      forget(key);
    });
  }
  document.addEventListener("form:sent", (event) => { if (event.target.dataset.keep) forget(event.target.dataset.keep); });

  // ---- the quantity grid ----
  function sums(table) {
    all("tbody tr", table).forEach(function (row) {
      const output = find("output", row);
      if (!output) return;
      const fields = all("input", row);
      const sum = fields.reduce((total, field) => total + (parseInt(field.value, 10) || 0), 0);
      output.value = sum.toLocaleString("en");
      const ordered = fields.filter((field) => "ordered" in field.dataset);
      if (!ordered.length) return;
      const wanted = ordered.reduce((total, field) => total + Number(field.dataset.ordered), 0);
      output.closest(".sum").classList.toggle("off", sum !== wanted);
      ordered.forEach((field) => field.classList.toggle("off", field.value !== "" && Number(field.value) !== Number(field.dataset.ordered)));
    });
  }
  document.addEventListener("input", function (event) {
    const table = event.target.closest("table[data-qty]");
    if (table) sums(table);
  });
  document.addEventListener("focusin", function (event) {
    if (event.target.matches("table[data-qty] input")) event.target.select();
  });
  document.addEventListener("keydown", function (event) {
    if (!event.target.matches("table[data-qty] input") || !["ArrowUp", "ArrowDown", "Enter"].includes(event.key)) return;
    const column = event.target.closest("td").cellIndex, row = event.target.closest("tr");
    const next = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
    if (event.key !== "Enter" || next) event.preventDefault();
    const field = next && find("input", next.cells[column]);
    if (field) field.focus();
  });
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-fill-ordered]");
    if (!button) return;
    const form = button.closest("form") || document;
    all("table[data-qty] input[data-ordered]", form).forEach((field) => { if (!field.disabled) field.value = field.dataset.ordered; });
    all("table[data-qty]", form).forEach(sums);
    if (form.dataset) form.dataset.dirty = "1";
  });

  // ---- data-refresh="30" data-refresh-url="…": fresh content unless someone is busy here ----
  // A part that waits for nothing more says so with data-settled: what is chosen in it stays.
  const busy = (element) => document.hidden || all("dialog[open]").some((dialog) => !dialog.contains(element)) || find("details.drop[open]", element) || String(getSelection()) ||
    (element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, [contenteditable]")) ||
    element.querySelector("form[data-dirty], .sortable-chosen, [data-settled]");

  async function refresh(element) {
    if (busy(element)) return;
    let response;
    try { response = await app.request(element.dataset.refreshUrl, { headers: { "X-Refresh": "1" } }); } catch { return; /* the next round tries again */ }
    if (!response.ok || app.loggedOut(response)) return;
    const html = await response.text();
    if (busy(element)) return;
    const focused = element.contains(document.activeElement) ? document.activeElement.id || document.activeElement.getAttribute("href") : "";
    element.innerHTML = html;
    if (window.htmx) window.htmx.process(element);
    if (focused) { const again = all("a, button", element).find((item) => item.id === focused || item.getAttribute("href") === focused); if (again) again.focus(); }
    element.dispatchEvent(new CustomEvent("part:refreshed", { bubbles: true }));
  }

  const timers = new WeakSet();
  function watch() {
    all("[data-refresh][data-refresh-url]").forEach(function (element) {
      if (timers.has(element)) return;
      timers.add(element);
      const timer = setInterval(() => { if (element.isConnected) refresh(element); else clearInterval(timer); }, Math.max(2, Number(element.dataset.refresh)) * 1000);
    });
  }
  document.addEventListener("popup:filled", function (event) { all("table[data-qty]", event.target).forEach(sums); watch(); });
  document.addEventListener("htmx:load", watch);
  document.addEventListener("part:refreshed", watch);

  app.refresh = refresh;
  settle();
  all("table[data-qty]").forEach(sums);
  watch();
})();
