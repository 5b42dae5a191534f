// The pop-up of a task: keys, sums, reasons, vendors. Works wherever the pop-up is opened, also as a page of its own.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app;
  const form = () => find("form.task");
  const number = (text) => { const value = Number(String(text).replace(/,/g, "").replace("−", "-")); return Number.isFinite(value) ? value : 0; };
  const words = (value) => value.toLocaleString("en", { maximumFractionDigits: 3 });

  // ---- sums and colours follow what is typed ----
  function reckon(table) {
    all("tbody > tr", table).forEach(function (row) {
      const fields = all("input:not([type=checkbox])", row), output = find("output", row);
      if (output) output.value = words(fields.reduce((sum, field) => sum + number(field.value), 0));
      fields.filter((field) => "of" in field.dataset).forEach(function (field) {
        const bad = find(`[name="${field.name.replace(/^good/, "bad")}"]`, table);
        const spoiled = bad && bad !== field ? number(bad.value) : 0;
        field.classList.toggle("off", field.value !== "" && (number(field.value) > number(field.dataset.of) || (spoiled > 0 && number(field.value) < number(field.dataset.of))));
      });
    });
    all("tbody", table).forEach(function (lines) {
      const because = find("tr.because", lines);
      if (!because) return;
      const rejected = all('[name^="bad-"], [name^="hurt-"]', lines).some((field) => number(field.value) > 0);
      because.hidden = !rejected && !find("select", because).value;
    });
  }

  function ready(task) {
    all("table[data-grid]", task).forEach(reckon);
    if (find("[data-unsaved]", task)) task.dataset.dirty = "1";
    const extra = all("tr.extra", task), more = find("[data-more]", task);
    const used = extra.some((row) => all("input", row).some((field) => field.type === "checkbox" ? field.checked : field.value));
    if (more) showMore(task, used);
    const done = find("[data-complete]", task);
    // What is typed, or filled in already, is saved by "Mark complete" too: the reasons are looked at again then.
    const filled = all('[name^="now-"]', task).some((field) => !field.disabled && number(field.value) !== 0);
    if (filled || task.dataset.dirty) allow(done, task);
    const hold = find("#hold-form", task);
    if (hold && !hold.open) hold.hidden = true;  // its button stands below
    find("#popup").dataset.task = task.dataset.task;
    if ("changed" in task.dataset) document.dispatchEvent(new CustomEvent("task:changed", { detail: { id: task.dataset.task } }));
  }

  function allow(done, task) {
    if (!done || !("soft" in done.dataset)) return;
    done.disabled = false;
    const why = find("#why", task), soft = find("#soft", task);
    if (why) why.hidden = true;
    if (soft) soft.hidden = false;
  }

  function showMore(task, open) {
    const more = find("[data-more]", task);
    more.setAttribute("aria-expanded", String(open));
    all("tr.extra", task).forEach((row) => { row.hidden = !open; });
  }

  document.addEventListener("input", function (event) {
    const task = event.target.closest("form.task");
    if (!task) return;
    task.dataset.dirty = "1";
    const table = event.target.closest("table[data-grid]");
    if (table) reckon(table);
    allow(find("[data-complete]", task), task);
    if (event.target.dataset.vendors) lookUp(event.target);
    if (event.target.name === "decide_item") showMissing(event.target);
  });

  function showMissing(select) {
    const missing = parseFloat(select.selectedOptions[0].textContent.replace(/,/g, ""));
    find("[name=decide_quantity]", select.form).value = missing;
  }

  document.addEventListener("click", function (event) {
    const task = event.target.closest("form.task");
    if (!task) return;
    if (event.target.closest("[data-all]")) fillAll(task);
    if (event.target.closest("[data-more]")) {
      const open = event.target.closest("[data-more]").getAttribute("aria-expanded") !== "true";
      showMore(task, open);
      if (open) find("tr.extra input", task).focus();
    }
    const toggle = event.target.closest("[data-toggle]");
    if (toggle) openPanel(find(toggle.dataset.toggle), toggle);
  });

  function fillAll(task) {
    all("input[data-of]", task).forEach((field) => { if (!field.disabled) field.value = field.dataset.of === "0" && field.name.startsWith("now") ? "" : field.dataset.of; });
    all("table[data-grid]", task).forEach(reckon);
    const first = find("input[data-of]", task);
    if (first) first.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function openPanel(panel, button) {
    panel.open = !panel.open;
    panel.hidden = !panel.open;
    button.setAttribute("aria-expanded", String(panel.open));
    if (!panel.open) return;
    panel.scrollIntoView({ block: "nearest" });
    find("select, input", panel).focus();
  }

  // ---- keys: Enter saves, Ctrl+Enter completes, arrows walk through the grid ----
  function press(task, value) {
    const button = all("button[name=do]", task).find((item) => item.value === value && !item.disabled);
    if (button) task.requestSubmit(button);
    else if (value === "complete") app.toast((find("#why", task) || {}).textContent || "This cannot be completed now.", "warning");
    return Boolean(button);
  }

  document.addEventListener("keydown", function (event) {
    const task = form(), field = event.target;
    if (!task || find("dialog[open]:not(#popup)")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault(); event.stopImmediatePropagation();
      if (!press(task, "confirm")) press(task, "complete");
      return;
    }
    if (!task.contains(field)) return;
    if (event.key === "Enter" && field.matches("input:not([type=file]), select")) {
      event.preventDefault(); event.stopImmediatePropagation();
      const own = field.closest("details.panel, .inline");
      const button = own && find("button[name=do]", own);
      if (button) task.requestSubmit(button); else press(task, "save");
      return;
    }
    if (field.matches("table[data-grid] input")) walk(event, field);
  }, true);

  function walk(event, field) {
    const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 }, step = steps[event.key];
    if (!step || event.shiftKey || event.altKey) return;
    const across = event.key === "ArrowLeft" || event.key === "ArrowRight";
    const next = across ? sideways(field, step) : vertical(field.closest("tr"), field.closest("td").cellIndex, step);
    event.preventDefault(); event.stopImmediatePropagation();
    if (next) next.focus();
  }

  const usable = (input) => input && !input.disabled;

  function vertical(row, column, step) {
    const rows = all("tbody > tr", row.closest("table")).filter((item) => !item.hidden);
    for (let n = rows.indexOf(row) + step; n >= 0 && n < rows.length; n += step) {
      const input = rows[n].cells[column] && find("input", rows[n].cells[column]);
      if (usable(input)) return input;
    }
    return null;
  }

  function sideways(field, step) {
    const inputs = all("input", field.closest("tr")).filter(usable);
    return inputs[inputs.indexOf(field) + step] || null;
  }

  document.addEventListener("focusin", function (event) {
    if (event.target.matches("table[data-grid] input:not([type=checkbox])")) event.target.select();
  });

  // ---- the vendor's name, looked up while it is typed ----
  let timer = 0;
  function lookUp(field) {
    clearTimeout(timer);
    timer = setTimeout(async function () {
      let response;
      try { response = await app.request(field.dataset.vendors + "?q=" + encodeURIComponent(field.value)); } catch { return; /* typing on asks again */ }
      if (!response.ok) return;
      const names = await response.json();
      const list = document.getElementById(field.getAttribute("list"));
      if (list) list.replaceChildren(...names.map((name) => { const option = document.createElement("option"); option.value = name; return option; }));
    }, 200);
  }

  // ---- what came of it: a queue follows by itself, any other page is loaded anew behind the pop-up ----
  let stale = false;
  const dialog = find("#popup");
  if (dialog) dialog.addEventListener("close", () => { if (stale) location.reload(); });
  document.addEventListener("popup:filled", function (event) {
    const task = form(), done = find("[data-done]", event.target);
    if (task) ready(task);
    const bad = task && (find("[aria-invalid=true]", task) || (find("#answer .error", task) && unexplained(task)));
    if (bad) bad.focus(); else if (task && find("#answer", task)) keepPlace(task); else if (task && matchMedia("(hover: hover) and (pointer: fine)").matches) firstField(task);
    if (done || (task && "changed" in task.dataset)) stale = !find("#queue");
    if (!done || !find("#queue")) return;
    app.toast(done.dataset.text, "success");
    app.popup.close();
    find("#popup").addEventListener("close", () => document.dispatchEvent(new CustomEvent("task:done", { detail: { id: done.dataset.done } })), { once: true });
  });

  const unexplained = (task) => all("tr.because:not([hidden]) select", task).find((select) => !select.value);

  // With a keyboard at hand typing can begin at once; on a tablet the keyboard would hide the job.
  function firstField(task) {
    const field = find("table[data-grid] input:not([disabled]):not([readonly])", task);
    if (field) field.focus();
  }

  // After saving the hands stay where they were: on the figures.
  function keepPlace(task) {
    const field = find("table[data-grid] input:not([disabled])", task);
    const button = find("[data-complete]:not([disabled])", task);
    (button || field || find("#popup-title", task)).focus();
  }

  if (form()) ready(form());
})();
