// What every page needs: tokens for requests, theme, menu, messages, questions, small menus.
(function () {
  "use strict";
  const root = document.documentElement;
  const find = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  // ---- requests ----
  const token = () => (find('meta[name="csrf-token"]') || {}).content || "";

  function request(url, options) {
    const settings = Object.assign({ credentials: "same-origin" }, options);
    settings.headers = Object.assign({ "X-Requested-With": "fetch", "X-CSRFToken": token() }, settings.headers);
    return fetch(url, settings);
  }

  // True if the answer says that the session has ended, whatever way the server says it.
  function loggedOut(response) {
    const login = (find('meta[name="login-url"]') || {}).content;
    return response.status === 401 || Boolean(
      login && response.redirected && new URL(response.url).pathname === new URL(login, location.href).pathname);
  }

  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRFToken"] = token();
  });
  document.addEventListener("htmx:responseError", function (event) {
    const xhr = event.detail.xhr;
    if (xhr.status === 401) { app.relogin().then((done) => { if (done) htmxAgain(event.detail); }); return; }
    toast("That did not work (" + xhr.status + "). Reload the page and try again.", "error");
  });
  document.addEventListener("htmx:sendError", () => toast(app.offline, "error"));

  function htmxAgain(detail) {
    const settings = detail.requestConfig;
    window.htmx.ajax(settings.verb.toUpperCase(), settings.path, { source: settings.elt, target: settings.target, values: settings.parameters });
  }

  // ---- theme: system, light, dark ----
  const THEMES = ["auto", "light", "dark"];
  const WORDS = { auto: "Colours: like the system", light: "Colours: light", dark: "Colours: dark" };

  function showTheme(choice) {
    if (choice === "auto") delete root.dataset.theme; else root.dataset.theme = choice;
    all("[data-theme-toggle]").forEach(function (button) {
      button.setAttribute("aria-label", WORDS[choice]);
      button.title = WORDS[choice];
      all("[data-theme-icon]", button).forEach((icon) => { icon.hidden = icon.dataset.themeIcon !== choice; });
    });
  }

  function nextTheme() {
    const choice = THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % THEMES.length];
    try { localStorage.setItem("theme", choice); } catch { /* storage is blocked: the choice lasts for this page */ }
    showTheme(choice);
  }

  // ---- menu on narrow screens ----
  function toggleMenu(open) {
    const button = find(".bar [data-menu]");
    if (!button) return;
    root.classList.toggle("menu-open", open);
    button.setAttribute("aria-expanded", String(open));
    const target = open ? find("#side [aria-current], #side a") : button;
    if (target) target.focus();
  }
  const menuIsOpen = () => root.classList.contains("menu-open");

  // ---- messages ----
  function makeNote(text, kind) {
    const note = document.createElement("div");
    note.className = "note " + (kind || "info");
    const drawing = find("#icon-" + (kind || "info"));
    if (drawing) note.append(drawing.content.cloneNode(true));
    const words = document.createElement("div");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button"; close.className = "close"; close.textContent = "×";
    close.dataset.dismissNote = ""; close.setAttribute("aria-label", "Close this message");
    note.append(words, close);
    return note;
  }

  function toast(text, kind) {
    const box = find("#toasts"), note = makeNote(text, kind);
    const dialog = find("dialog[open]");
    (dialog || document.body).append(box);  // stays above an open dialog
    box.append(note);
    if (kind !== "error") setTimeout(() => note.remove(), 6000);
  }
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.kind));

  // Messages that popup.js brought along from a page it fetched.
  function showCarried() {
    let notes = [];
    try { notes = JSON.parse(sessionStorage.getItem("notes")) || []; sessionStorage.removeItem("notes"); } catch { /* storage is blocked: nothing was carried */ }
    const place = find("#notes");
    if (place) notes.forEach((note) => place.append(makeNote(note.text, note.kind)));
  }

  // ---- questions: confirm("Delete this?") as a dialog; resolves to true or false ----
  function confirm(text, options) {
    const words = Object.assign({ title: "Are you sure?", ok: "Yes", cancel: "Cancel", danger: false }, options);
    const dialog = document.createElement("dialog");
    dialog.className = "pop narrow";
    dialog.setAttribute("aria-labelledby", "ask-title");
    dialog.setAttribute("aria-describedby", "ask-text");
    dialog.innerHTML = '<form method="dialog" class="pop-slot"><header class="pop-head"><h1 id="ask-title"></h1></header>' +
      '<div class="pop-body one"><p id="ask-text"></p></div><footer class="pop-foot"><span class="grow"></span>' +
      '<button class="btn" value="no"></button><button class="btn primary" value="yes" autofocus></button></footer></form>';
    find("h1", dialog).textContent = words.title;
    find("p", dialog).textContent = text;
    const [no, yes] = all("button", dialog);
    no.textContent = words.cancel; yes.textContent = words.ok;
    yes.classList.toggle("danger", words.danger);
    no.hidden = words.cancel === "";
    document.body.append(dialog);
    dialog.showModal();
    return new Promise(function (resolve) {
      dialog.addEventListener("close", function () { resolve(dialog.returnValue === "yes"); dialog.remove(); });
    });
  }

  // data-confirm on a button, link or form: ask first, then go on as if nothing had been in between.
  let agreed = null;
  function askFirst(event, element) {
    if (agreed === element) { agreed = null; return; }
    event.preventDefault(); event.stopImmediatePropagation();
    const options = { ok: element.dataset.confirmOk || "Yes", danger: "confirmDanger" in element.dataset };
    if (element.dataset.confirmTitle) options.title = element.dataset.confirmTitle;
    const submitter = event.submitter;
    confirm(element.dataset.confirm, options).then(function (yes) {
      if (!yes) return;
      agreed = element;
      if (element.tagName === "FORM") element.requestSubmit(submitter || undefined); else element.click();
    });
  }
  document.addEventListener("click", function (event) {
    const element = event.target.closest("[data-confirm]:not(form)");
    if (element) askFirst(event, element);
  }, true);
  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-confirm]")) askFirst(event, event.target);
  }, true);

  // ---- clicks, keys ----
  document.addEventListener("click", function (event) {
    const target = event.target;
    if (target.closest("[data-theme-toggle]")) nextTheme();
    if (target.closest("[data-menu]")) toggleMenu(!menuIsOpen());
    if (target.closest("[data-print]")) window.print();
    const note = target.closest("[data-dismiss-note]");
    if (note) note.closest(".note").remove();
    all("details.drop[open]").forEach((drop) => { if (!drop.contains(target) || target.closest(".drop-menu a, .drop-menu button")) drop.open = false; });
    const row = target.closest("tr[data-href]");
    if (row && !target.closest("a, button, input, select, textarea, label, summary, .editable-container") && !String(getSelection())) {
      const link = find("[data-row-link]", row);
      if (link) link.click(); else location.assign(row.dataset.href);
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      const drop = find("details.drop[open]");
      if (drop) { drop.open = false; find("summary", drop).focus(); event.stopPropagation(); return; }
      if (menuIsOpen()) toggleMenu(false);
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !find("dialog[open]")) {
      const box = find("[data-find]");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    }
  }, true);

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  const app = window.Inhands = {
    find, all, token, request, loggedOut, toast, confirm,
    offline: "The server did not answer. Check the network, then try again; nothing you typed is lost.",
    relogin: () => Promise.resolve(false),  // popup.js brings the real one
  };
  showTheme(root.dataset.theme || "auto");
  showCarried();
  const here = find(".menu [aria-current]");
  if (here) here.scrollIntoView({ block: "nearest" });
})();
