// Pop-ups: one <dialog id="popup"> whose content comes from data-popup="URL", and signing in again in place.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app;
  const dialog = find("#popup"), slot = find("[data-popup-slot]");
  if (!dialog) return;
  const HASH = "#open=";
  let opener = null, ticket = 0, leaving = false;

  // data-popup without a value: the address is the link's own.
  const urlOf = (link) => link.dataset.popup || link.getAttribute("href");
  const hashOf = (url) => HASH + encodeURIComponent(url);

  async function load(url) {
    const mine = ++ticket;
    slot.innerHTML = '<p class="pop-wait" id="popup-title" role="status">One moment…</p>';
    let response;
    try { response = await app.request(url, { headers: { "X-Popup": "1" } }); } catch { if (mine === ticket) fail(app.offline); return; }
    if (mine !== ticket) return;
    if (app.loggedOut(response)) {
      if (await app.relogin()) return load(url);
      return close();
    }
    if (!response.ok) return fail(response.status === 404
      ? "This is no longer here. Someone may have moved it on; reload the list."
      : "This could not be opened (" + response.status + "). Try again, or tell the person who runs the server.");
    fill(await response.text());
  }

  function fill(html) {
    slot.innerHTML = html;
    if (window.htmx) window.htmx.process(slot);
    const first = find("[autofocus]", slot) || find("#popup-title", slot);
    if (first) first.focus();
    slot.dispatchEvent(new CustomEvent("popup:filled", { bubbles: true }));
  }

  function fail(text) {
    slot.innerHTML = '<header class="pop-head"><h1 id="popup-title" tabindex="-1">Not possible</h1></header>' +
      '<div class="pop-body one"><p></p></div><footer class="pop-foot"><span class="grow"></span><button type="button" class="btn" data-close>Close</button></footer>';
    find("p", slot).textContent = text;
    find("[data-close]", slot).focus();
  }

  function open(url, from, options) {
    opener = from || null;
    dialog.className = "pop " + ((from && from.dataset.popupSize) || "");
    if (!dialog.open) dialog.showModal();
    if (!(options && options.quiet)) history.pushState({ popup: url }, "", hashOf(url));
    return load(url);
  }

  // Closing goes through the history, so that Back and Close do the same.
  async function close() {
    if (all("form", slot).some((form) => form.dataset.dirty) && !(await app.confirm("What you typed here is not saved.", { title: "Close without saving?", ok: "Close without saving", cancel: "Keep editing" }))) return;
    if (location.hash.startsWith(HASH)) history.back(); else shut();
  }

  function shut() {
    ticket += 1;
    if (dialog.open) dialog.close();
    slot.innerHTML = "";
    document.body.append(find("#toasts"));
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }

  // A link may be opened in place only if the page itself offers it: the address bar cannot inject pages.
  function fromHash() {
    if (!location.hash.startsWith(HASH)) { if (dialog.open) shut(); return; }
    const url = decodeURIComponent(location.hash.slice(HASH.length));
    const link = all("[data-popup]").find((item) => urlOf(item) === url);
    if (link) open(url, link, { quiet: true }); else history.replaceState(null, "", location.pathname + location.search);
  }

  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-popup]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(urlOf(link), link); return; }
    if (dialog.contains(event.target) && event.target.closest("[data-close]")) close();
    if (event.target === dialog) close();  // the veil
  });
  dialog.addEventListener("cancel", function (event) { event.preventDefault(); close(); });
  window.addEventListener("popstate", fromHash);

  // ---- forms inside the pop-up, and any form with data-ajax: sent in place, so that a lost session loses nothing ----
  async function send(form, submitter) {
    const data = new FormData(form, submitter);
    const url = (submitter && submitter.getAttribute("formaction")) || form.getAttribute("action") || location.href;
    const buttons = all("button, input[type=submit]", form).filter((item) => !item.disabled);
    buttons.forEach((item) => { item.disabled = true; });
    form.setAttribute("aria-busy", "true");
    try {
      if (data.has("csrf_token")) data.set("csrf_token", app.token());
      const response = await app.request(url, { method: "POST", body: data, headers: { "X-Popup": "1" } });
      if (app.loggedOut(response)) { if (await app.relogin()) return send(form, submitter); return; }
      await answer(form, response);
    } catch {
      app.toast(app.offline, "error");
    } finally {
      form.removeAttribute("aria-busy");
      buttons.forEach((item) => { item.disabled = false; });
    }
  }

  // The page a redirect led to was already rendered, with its messages: take them along, they come only once.
  function carryNotes(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const notes = all("#notes .note", page).map((note) => ({ kind: note.className.replace("note", "").trim(), text: find("div", note).textContent }));
    try { sessionStorage.setItem("notes", JSON.stringify(notes)); } catch { /* blocked: the messages are lost, nothing else */ }
  }

  function goTo(url) {
    leaving = true;
    const here = location.pathname + location.search, target = new URL(url || here, location.href);
    if (target.pathname + target.search !== here) { location.assign(target.href); return; }
    history.replaceState(null, "", here);
    location.reload();
  }

  async function answer(form, response) {
    if (response.redirected || response.status === 204) {
      delete form.dataset.dirty;
      form.dispatchEvent(new CustomEvent("form:sent", { bubbles: true }));
      if (response.redirected) carryNotes(await response.text());
      goTo(response.redirected ? response.url : response.headers.get("X-Location") || "");
      return;
    }
    const html = (response.headers.get("Content-Type") || "").includes("text/html");
    if (html && (response.ok || response.status === 422 || response.status === 409)) {
      const page = await response.text();
      if (dialog.contains(form)) { fill(page); return; }
      const around = form.parentElement;
      form.outerHTML = page;
      around.dispatchEvent(new CustomEvent("popup:filled", { bubbles: true }));
      return;
    }
    app.toast(response.status === 403 ? "You may not do this. Ask a manager." : "That was not saved (" + response.status + "). Try again.", "error");
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const inside = dialog.contains(form) && !("plain" in form.dataset);
    if (!inside && !("ajax" in form.dataset)) return;
    event.preventDefault();
    send(form, event.submitter);
  });

  // ---- signing in again, over whatever is open ----
  let asking = null;
  app.relogin = function () {
    asking = asking || askLogin().finally(() => { asking = null; });
    return asking;
  };

  async function loginForm(response) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const meta = find('meta[name="csrf-token"]', page);
    if (meta) renew(meta.content);
    return find("form[data-login]", page);
  }

  function renew(token) {
    const meta = find('meta[name="csrf-token"]');
    if (meta) meta.content = token;
    all('input[name="csrf_token"]').forEach((input) => { input.value = token; });
  }

  async function askLogin() {
    const url = find('meta[name="login-url"]').content;
    const box = document.createElement("dialog");
    box.className = "pop narrow";
    box.setAttribute("aria-labelledby", "relogin-title");
    box.innerHTML = '<header class="pop-head"><div class="grow"><h1 id="relogin-title">Sign in again</h1><p class="sub">Your session ended. Nothing you typed is lost.</p></div>' +
      '<button type="button" class="btn quiet" data-cancel>Not now</button></header><div class="pop-body one" data-form></div>';
    document.body.append(box);
    try { show(box, await loginForm(await fetch(url, { credentials: "same-origin" }))); } catch { box.remove(); app.toast(app.offline, "error"); return false; }
    box.showModal();
    return new Promise(function (resolve) {
      const end = (done) => { box.remove(); resolve(done); };
      find("[data-cancel]", box).addEventListener("click", () => end(false));
      box.addEventListener("cancel", () => end(false));
      box.addEventListener("submit", async function (event) {
        event.preventDefault(); event.stopPropagation();
        try {
          const response = await app.request(url, { method: "POST", body: new FormData(event.target) });
          const again = await loginForm(response);
          if (!again && response.ok) { end(true); return; }
          show(box, again);
        } catch { app.toast(app.offline, "error"); }
      });
    });
  }

  function show(box, form) {
    if (!form) throw new Error("the sign-in page has no form[data-login]");
    find("[data-form]", box).replaceChildren(document.importNode(form, true));
    const first = all("input:not([type=hidden])", box).find((input) => !input.value);
    if (first && box.open) first.focus();
  }

  app.popup = { open, close, fill, get open_() { return dialog.open; }, get leaving() { return leaving; } };
  fromHash();
})();
