// The order form around the grid: customer and defaults, tabs, dates, charges, destinations, totals, sending.
(function () {
  "use strict";
  const entry = window.OrderEntry, form = document.getElementById("entry");
  if (!entry || !form) return;
  const app = window.Inhands, money = window.OrderTotals, { find, all } = app, { config } = entry;
  const area = (name) => find('textarea[name="' + name + '"]', form);
  const header = (name) => find('[name="order-' + name + '"]', form);
  const asked = async (url) => { const response = await app.request(url); return response.ok ? response.json() : null; };
  let ready = false, sent = [];

  // ---- what is kept: the grid and the other parts stand in text fields that the form sends ----
  let timer = 0;
  function sync() {
    clearTimeout(timer);
    area("lines").value = JSON.stringify(entry.rows().map(entry.plainRow));
    area("places").value = JSON.stringify(places);
    area("charges").value = JSON.stringify(charges.filter((row) => row.name || row.unit_price));
    area("lines").dispatchEvent(new Event("input", { bubbles: true }));
  }
  entry.changed = function () {
    showSums();
    if (!ready) return;
    clearTimeout(timer); timer = setTimeout(sync, 500);
  };

  // ---- problems beside their fields ----
  function mark(field, text) {
    const box = field.closest("[data-box]"), error = box && find("[data-error]", box);
    if (text) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    if (error) { error.hidden = !text; find("span", error).textContent = text || ""; }
  }

  function showProblems(problems) {
    all('[aria-invalid="true"]', form).forEach((field) => { if (field.matches("[data-field], #customer")) mark(field, ""); });
    const elsewhere = [];
    for (const [key, text] of Object.entries(problems)) {
      const field = form.elements[key] || placeField(key) || chargeField(key);
      if (field) mark(field, text); else if (!key.startsWith("line-")) elsewhere.push(text);
    }
    entry.showProblems(problems, sent);
    countTabs();
    const count = Object.keys(problems).length;
    tell("error", (count === 1 ? "One value needs" : count + " values need") + " another look. Nothing is lost. " + elsewhere.join(" "));
    const first = find('.fields [aria-invalid="true"]', form);
    if (first) { const panel = first.closest('[role="tabpanel"]'); if (panel) choose(find("#" + panel.getAttribute("aria-labelledby"))); first.focus(); }
    else { const link = find("#line-problems button"); if (link) link.focus(); }
  }

  function tell(kind, text, more) {
    const box = find("#entry-notes"), note = document.createElement("div"), words = document.createElement("div");
    note.className = "note " + kind; words.textContent = text; note.append(words);
    if (more) words.append(...more);
    box.replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  }

  // ---- tabs ----
  const tabs = all('[role="tab"]', form);
  function choose(tab) {
    tabs.forEach(function (other) {
      const here = other === tab;
      other.setAttribute("aria-selected", String(here));
      other.tabIndex = here ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !here;
    });
  }
  tabs.forEach(function (tab, at) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", function (event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step ? tabs[(at + step + tabs.length) % tabs.length] : event.key === "Home" ? tabs[0] : event.key === "End" ? tabs[tabs.length - 1] : null;
      if (next) { event.preventDefault(); choose(next); next.focus(); }
    });
  });
  const filled = (field) => (field.type === "checkbox" ? field.checked : field.value.trim() !== "");
  function countTabs() {
    tabs.forEach(function (tab) {
      const panel = document.getElementById(tab.getAttribute("aria-controls")), badge = find("[data-filled]", tab);
      const count = all("[data-field]", panel).filter(filled).length, wrong = find('[aria-invalid="true"]', panel);
      badge.textContent = wrong ? count + " !" : count; badge.hidden = !count && !wrong; badge.classList.toggle("hot", Boolean(wrong));
    });
  }

  // ---- values: what the server makes of them, as soon as the field is left ----
  const CHECKED = ["date", "email", "money", "price", "number", "percent", "quantity", "whole"];
  form.addEventListener("focusout", (event) => check(event.target));
  document.getElementById("drawer").addEventListener("focusout", (event) => check(event.target));
  async function check(field) {
    if (!field.matches || !field.matches("[data-field][data-level]") || !CHECKED.includes(field.dataset.kind) || field.type === "date") return;
    const text = field.value, spoken = find("[data-spoken]", field.closest("[data-box]"));
    if (spoken) spoken.hidden = true;
    if (!text.trim()) { mark(field, ""); return; }
    const query = new URLSearchParams({ level: field.dataset.level, field: field.dataset.field, value: text });
    let answer;
    try { answer = await asked(config.check + "?" + query); } catch { return; /* the server looks again when the order is saved */ }
    if (!answer || field.value !== text) return;
    mark(field, answer.problem || "");
    if (spoken && answer.spoken) { spoken.textContent = answer.spoken; spoken.hidden = false; }
    countTabs();
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-calendar]");
    if (!button) return;
    const field = find("[data-day]", button.parentElement);
    let picker = find('input[type="date"]', button.parentElement);
    if (!picker) {
      picker = document.createElement("input");
      picker.type = "date"; picker.className = "picker"; picker.tabIndex = -1; picker.setAttribute("aria-hidden", "true");
      button.parentElement.append(picker);
      picker.addEventListener("change", function () {
        field.value = picker.value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus(); check(field);
      });
    }
    picker.value = /^\d{4}-\d\d-\d\d$/.test(field.value) ? field.value : "";
    picker.showPicker();
  });

  form.addEventListener("input", function (event) {
    const field = event.target;
    if (!field.matches("[data-field]")) return;
    const from = find("[data-from]", field.closest("[data-box]") || field);
    if (from && !from.hidden && ready) { from.hidden = true; keepMarks(); }
    if (field.closest('[role="tabpanel"]')) countTabs();
    if (field.name === "order-currency") entry.data().forEach(entry.totalOf);
    if (field.name && /^order-(discount|freight|tax|currency)/.test(field.name)) showSums();
  });

  // ---- the customer, and what the customer's record brings ----
  const customer = find("#customer"), said = find("#customer-said");
  window.combobox(customer, {
    arrows: true, empty: "No such customer. The order can wait for one in review.",
    find: async (text) => (await asked(config.customers + "?q=" + encodeURIComponent(text)) || []).map((item) => ({ label: item.name, sub: [item.code, item.email].filter(Boolean).join(" · "), item })),
    choose: bring,
  });
  customer.addEventListener("input", function () { area("customer_id").value = ""; said.textContent = ""; });

  async function bring(found) {
    customer.value = found.name; area("customer_id").value = String(found.id);
    customer.dispatchEvent(new Event("change", { bubbles: true }));
    let record;
    try { record = await asked(config.customers + "/" + found.id); } catch { record = null; }
    if (!record) { app.toast("The customer's defaults could not be read. Type what you need.", "error"); return; }
    let count = 0;
    Object.entries(record.order).forEach(([name, text]) => { count += put(header(name), text); });
    // An address is taken whole or not at all: half of one and half of another is none.
    const street = find('[name="place-0-ship_to_address1"]', form);
    if (!street || !street.value || isMarked(street)) Object.entries(record.place).forEach(([name, text]) => { count += put(find('[name="place-0-' + name + '"]', form), text); });
    const words = [found.code, count ? count + (count === 1 ? " field" : " fields") + " filled in from the customer" : ""].filter(Boolean).join(" · ");
    said.textContent = [words, record.credit, record.instructions].filter(Boolean).join(" — ");
    keepMarks(); countTabs(); showSums(); samePo();
  }

  const isMarked = (field) => { const from = find("[data-from]", field.closest("[data-box]")); return Boolean(from && !from.hidden && !from.dataset.from); };
  function put(field, text) {
    if (!field) return 0;
    const standing = field.type === "checkbox" ? field.checked : field.value;
    const preset = ["order-currency", "order-over_under_tolerance_type", "place-0-fulfillment_type"].includes(field.name) && !field.dataset.touched;
    if (standing && !isMarked(field) && !preset) return 0;
    if (field.type === "checkbox") field.checked = text === "yes"; else field.value = text;
    const from = find("[data-from]", field.closest("[data-box]"));
    if (from && !from.dataset.from) from.hidden = false;
    mark(field, "");
    field.dispatchEvent(new Event("customer:put", { bubbles: true }));
    return 1;
  }
  form.addEventListener("change", (event) => { event.target.dataset.touched = "1"; });
  function keepMarks() {
    area("from_customer").value = all("[data-from]", form).filter((from) => !from.hidden && !from.dataset.from).map((from) => from.closest("[data-box]").dataset.box).join(",");
  }

  // ---- the same PO number once more ----
  const po = header("po_number");
  if (po) po.addEventListener("change", samePo);
  async function samePo() {
    const box = find("#second-po");
    if (!po || !po.value.trim() || !area("customer_id").value) { box.replaceChildren(); return; }
    const query = new URLSearchParams({ customer: area("customer_id").value, po: po.value.trim(), but: config.order });
    let other = null;
    try { other = await asked(config.po + "?" + query); } catch { return; }
    if (other) box.replaceChildren(poNote(other, false)); else box.replaceChildren();
  }

  function poNote(other, withButton) {
    const note = document.createElement("div"), words = document.createElement("div"), link = document.createElement("a");
    note.className = "note warning"; note.append(words);
    link.href = other.url; link.target = "_blank"; link.textContent = "open order " + other.number;
    words.append(other.text + " (" + other.state + "): ", link, ". ");
    if (withButton) {
      const button = document.createElement("button");
      button.type = "button"; button.className = "btn"; button.id = "enter-anyway"; button.textContent = "Enter anyway";
      button.addEventListener("click", () => send({ duplicate_ok: "1" }));
      words.append(button);
    }
    return note;
  }

  // ---- more destinations ----
  const places = JSON.parse(area("places").value || "[]"), plainProblems = new Map(Object.entries(config.problems));
  function drawPlaces() {
    const box = find("#more-places");
    box.replaceChildren(...places.map(function (values, number) {
      const copy = document.getElementById("row-place").content.cloneNode(true), group = copy.firstElementChild;
      find("legend", group).textContent = "Destination " + (number + 2);
      group.dataset.place = String(number + 1);
      entry.bind(group, "place-" + (number + 1) + "-", values, plainProblems, () => { entry.countFilled(group); entry.changed(); });
      entry.countFilled(group);
      const remove = find("[data-remove]", group);
      remove.hidden = config.order > 0 && number < kept;
      remove.addEventListener("click", function () { places.splice(number, 1); drawPlaces(); entry.changed(); find("#add-place").focus(); });
      return group;
    }));
    find("#places-said").textContent = places.length ? places.length + 1 + " destinations; say in a line's deliveries what goes where" : "";
  }
  const kept = config.order ? places.length : 0;
  entry.placeNames = () => [placeName("1", (name) => (find('[name="place-0-' + name + '"]', form) || {}).value), ...places.map((values, at) => placeName(String(at + 2), (name) => values[name]))];
  const placeName = (number, get) => [number, [get("ship_to_company") || get("ship_to_name"), get("ship_to_city")].filter(Boolean).join(", ")].filter(Boolean).join(" · ");
  function placeField(key) {
    const match = /^place-(\d+)-(.+)$/.exec(key);
    return match && match[1] !== "0" ? find('[data-place="' + match[1] + '"] [data-field="' + match[2] + '"]', form) : null;
  }
  find("#add-place").addEventListener("click", function () {
    places.push({ fulfillment_type: "ship" });
    drawPlaces(); entry.changed();
    find("#more-places").lastElementChild.querySelector("select, input").focus();
  });

  // ---- charges ----
  const charges = JSON.parse(area("charges").value || "[]"), chargeBox = find("#charges");
  function drawCharges() {
    if (!chargeBox) return;
    chargeBox.replaceChildren(...charges.map(function (values, number) {
      const copy = document.getElementById("row-charge").content.cloneNode(true), line = copy.firstElementChild;
      all("[data-field]", line).forEach(function (field) {
        const name = field.dataset.field, problem = plainProblems.get("charge-" + number + "-" + name);
        field.value = values[name] || (name === "quantity" ? "1" : "");
        if (problem) { field.setAttribute("aria-invalid", "true"); field.title = problem; }
        field.addEventListener("input", function () { values[name] = field.value; field.removeAttribute("aria-invalid"); field.title = ""; sumCharge(line, values); entry.changed(); });
      });
      find("[data-remove]", line).addEventListener("click", function () { charges.splice(number, 1); drawCharges(); entry.changed(); find("#add-charge").focus(); });
      sumCharge(line, values);
      return line;
    }));
    find("#charges").closest("table").hidden = !charges.length;
  }
  function sumCharge(line, values) { find("[data-amount]", line).textContent = values.unit_price ? money.show(money.charge(values, entry.places()), entry.places()) : ""; }
  function chargeField(key) {
    const match = /^charge-(\d+)-(.+)$/.exec(key), rows = chargeBox ? chargeBox.children : [];
    const field = match && rows[match[1]] && find('[data-field="' + match[2] + '"]', rows[match[1]]);
    if (field) field.title = plainProblems.get(key) || "";
    return field || null;
  }
  if (chargeBox) find("#add-charge").addEventListener("click", function () {
    charges.push({ kind: "setup", quantity: "1" });
    drawCharges(); find("#charges").lastElementChild.querySelector("[data-field]").focus();
  });

  // ---- sums ----
  function showSums() {
    if (!entry.table || !entry.sums) return;
    const { goods, pieces, lines } = entry.sums(), count = entry.places();
    const open = entry.rows().length;
    find("#line-count").textContent = open + (open === 1 ? " line" : " lines");
    find("#bar-pieces").textContent = money.plain(pieces) + (pieces === 10n ** 9n ? " piece" : " pieces") + (lines ? "" : "");
    if (!config.with_money) return;
    const charged = charges.reduce((sum, row) => sum + (row.name || row.unit_price ? money.charge(row, count) : 0n), 0n);
    const value = (name) => (header(name) || {}).value || "";
    const sums = money.order(goods, charged, { discount_percent: value("discount_percent"), discount_amount: value("discount_amount"), freight_charge: value("freight_charge"), tax_amount: value("tax_amount") }, count);
    const code = value("currency").toUpperCase() || "";
    find("#sum-goods").textContent = money.show(goods, count);
    find("#sum-discount").textContent = sums.discount ? "\u2212" + money.show(sums.discount, count) : "–";
    find("#sum-charges").textContent = charged ? money.show(charged, count) : "–";
    find("#sum-extras").textContent = sums.extras ? money.show(sums.extras, count) : "–";
    find("#sum-total").textContent = find("#bar-total").textContent = (money.show(sums.total, count) + " " + code).trim();
  }

  // ---- sending ----
  async function send(more) {
    sync();
    sent = entry.rows();
    const data = new FormData(form);
    Object.entries(more || {}).forEach(([name, text]) => data.set(name, text));
    const button = find("#save");
    button.disabled = true; form.setAttribute("aria-busy", "true");
    try {
      const response = await app.request(form.action, { method: "POST", body: data });
      if (app.loggedOut(response)) { if (await app.relogin()) { await send(more); } else stillHere("You are signed out, so it is not saved yet. Save again to sign in."); return; }
      await answer(response);
    } catch {
      stillHere(app.offline);
    } finally {
      button.disabled = false; form.removeAttribute("aria-busy");
    }
  }

  function stillHere(text) { form.dataset.dirty = "1"; tell("error", text); }

  async function answer(response) {
    form.dataset.dirty = "1";
    const json = (response.headers.get("Content-Type") || "").includes("json");
    if (response.ok && json) {
      const { url } = await response.json();
      delete form.dataset.dirty;
      form.dispatchEvent(new CustomEvent("form:sent", { bubbles: true }));
      location.assign(url);
      return;
    }
    if (json) {
      const { problems, second_po: other } = await response.json();
      if (problems) { plainProblems.clear(); Object.entries(problems).forEach(([key, text]) => plainProblems.set(key, text)); showProblems(problems); }
      if (other) { find("#second-po").replaceChildren(poNote(other, true)); find("#enter-anyway").focus(); }
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const words = (find("[role=alert]", page) || page.body).textContent.trim() || "That was not saved (" + response.status + "). Try again.";
    if (response.status === 409 && config.version) await offerMine(words); else tell("error", words);
  }

  // Somebody else saved the order first: what is typed stays, and the typist decides.
  async function offerMine(words) {
    let newest = null;
    try { newest = await asked(config.version); } catch { newest = null; }
    const version = find('[name="version"]', form);
    if (!newest || String(newest.version) === version.value) { tell("error", words); return; }
    const link = document.createElement("a"), button = document.createElement("button");
    link.href = config.version.replace(/[^/]*\/version\/[^/]*$/, "") + encodeURIComponent(config.number); link.target = "_blank"; link.textContent = "See theirs in a new tab";
    button.type = "button"; button.className = "btn"; button.id = "save-mine"; button.textContent = "Save mine over it";
    button.addEventListener("click", function () { version.value = String(newest.version); send(); });
    tell("warning", words + " ", [link, " ", button]);
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); send(); });
  form.addEventListener("keydown", function (event) {
    // Enter in a field does not send half an order; Ctrl+S does.
    if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) event.preventDefault();
  });
  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); if (!find("dialog[open]")) form.requestSubmit(find("#save")); }
  });

  drawPlaces(); drawCharges(); countTabs();
  entry.built.then(function () { ready = true; showSums(); document.documentElement.dataset.entry = "ready"; });
})();
