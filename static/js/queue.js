// A queue: rows that open the pop-up, news every 30 seconds without disturbing anybody, the scan field.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app;
  const queue = find("#queue");
  if (!queue) return;
  const body = find("#rows"), SECONDS = 30;
  let stamps = JSON.parse(queue.dataset.stamps), tag = "", asking = null, last = 0;

  // ---- a click anywhere in a row opens its pop-up ----
  body.addEventListener("click", function (event) {
    const row = event.target.closest("tr");
    if (!row || event.target.closest("a, button") || String(getSelection())) return;
    find("a", row).click();
  });

  // ---- news: only what changed is sent, and only that is replaced ----
  const have = () => all("tr", body).map((row) => row.id.slice(1) + "." + row.dataset.s)
    .concat(Object.entries(stamps).map(([name, stamp]) => name + "." + stamp)).join(",");

  function ask() {
    queue.setAttribute("aria-busy", "true");
    asking = asking || fetchNews().finally(() => { asking = null; queue.removeAttribute("aria-busy"); });
    return asking;
  }

  async function fetchNews() {
    last = Date.now();
    const headers = { "X-Have": have(), "X-Refresh": "1" };
    if (tag) headers["If-None-Match"] = tag;
    let response;
    try { response = await app.request(queue.dataset.changes, { headers, cache: "no-store" }); } catch { return; /* the next round tries again */ }
    if (!response.ok || app.loggedOut(response)) return;
    tag = response.headers.get("ETag") || "";
    show(await response.json());
  }

  function show(news) {
    const focused = document.activeElement, row = focused.closest && focused.closest("#rows tr"), id = row && row.id;
    const busy = find(".sortable-chosen, #week .moving");
    putRows(news.order, news.rows);
    ["head", "marks", "pages"].forEach((name) => { if (name in news.parts) replace(find("#" + name), news.parts[name]); });
    if (news.parts.week && !busy) replace(find("#week"), news.parts.week);
    stamps = Object.assign({}, news.stamps, busy && news.parts.week ? { week: "old" } : {});
    if (busy) tag = "";
    find("table.q", queue).hidden = !news.order.length;
    find("#none").hidden = news.order.length > 0;
    if (id && document.activeElement === document.body) focusRow(find("#" + id));
    queue.dispatchEvent(new CustomEvent("queue:news", { bubbles: true }));
  }

  function putRows(order, html) {
    const fresh = document.createElement("tbody");
    fresh.innerHTML = html;
    const changed = new Map(all("tr", fresh).map((row) => [row.id, row]));
    const wanted = order.map((id) => "t" + id);
    all("tr", body).forEach((row) => { if (!wanted.includes(row.id)) row.remove(); });
    let before = null;
    wanted.forEach(function (id) {
      let row = document.getElementById(id);
      const news = changed.get(id);
      if (!row && !news) return;
      if (!row) { row = news; row.classList.add("new"); } else if (news) adopt(row, news);
      const place = before ? before.nextElementSibling : body.firstElementChild;
      if (place !== row) body.insertBefore(row, place);
      before = row;
    });
  }

  // The row stays the same element, so that scroll, focus and an open pop-up keep what they hold.
  function adopt(row, news) {
    const link = row.contains(document.activeElement);
    row.className = news.className;
    row.dataset.s = news.dataset.s;
    row.innerHTML = news.innerHTML;
    if (link) focusRow(row);
  }

  function replace(element, html) {
    if (!element) return;
    const here = element.contains(document.activeElement) ? document.activeElement : null;
    const mark = here && (here.getAttribute("href") || (here.closest("[data-id]") || {}).dataset?.id);
    element.innerHTML = html;
    if (!mark) return;
    const again = all("a, button", element).find((item) => item.getAttribute("href") === mark || (item.closest("[data-id]") || {}).dataset?.id === mark);
    if (again) again.focus();
  }

  const focusRow = (row) => { const link = row && find("a", row); if (link) link.focus(); };

  setInterval(() => { if (!document.hidden && Date.now() - last > SECONDS * 900) ask(); }, SECONDS * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - last > SECONDS * 1000) ask(); });
  last = Date.now();

  // ---- the pop-up changed something: follow it; a finished task leaves and the next one gets the focus ----
  document.addEventListener("task:changed", ask);
  document.addEventListener("task:done", function (event) {
    const row = document.getElementById("t" + event.detail.id);
    const next = row && (row.nextElementSibling || row.previousElementSibling);
    if (row) row.remove();
    all(`#week [data-id="${event.detail.id}"]`).forEach((card) => card.remove());
    const focus = () => (next && next.isConnected ? focusRow(next) : queue.focus());
    focus();
    ask().then(() => { if (document.activeElement === document.body) focus(); });
  });
  // Another row may have been drawn anew under the pop-up: the focus goes back to the job all the same.
  find("#popup").addEventListener("close", function () {
    const id = this.dataset.task;
    setTimeout(() => { if (document.activeElement === document.body && id) focusRow(document.getElementById("t" + id)); });
  });

  // ---- the scan field: Enter opens the pop-up of this department's task, a wrong number gets a sentence ----
  const scan = find("form.find");
  if (scan) scan.addEventListener("submit", async function (event) {
    const field = find("[name=q]", scan), text = field.value.trim();
    if (!text) { event.preventDefault(); return; }
    event.preventDefault();
    const url = scan.action + "?" + new URLSearchParams({ q: text, queue: location.pathname.split("/")[2] });
    let response;
    try { response = await app.request(url, { headers: { Accept: "application/json" } }); } catch { app.toast(app.offline, "error"); return; }
    if (app.loggedOut(response)) { if (await app.relogin()) scan.requestSubmit(); return; }
    if (!response.ok) { app.toast("The search does not answer (" + response.status + "). Try again.", "error"); return; }
    const found = await response.json();
    if (found.popup) { field.value = ""; app.popup.open(found.popup, field); return; }
    if (found.url) { location.assign(found.url); return; }
    app.toast(found.sentence, "error");
    field.select();
  });
})();
