// Flask-Admin's lists and forms without inline handlers: actions on rows, inline rows, windows, pickers.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app, $ = window.jQuery;

  // ---- rows picked and what to do with them ----
  const boxes = () => all("input.action-checkbox");
  const picked = () => boxes().filter((box) => box.checked);

  function count() {
    const toggle = find(".action-rowtoggle"), place = find("[data-picked]"), number = picked().length;
    if (toggle) { toggle.checked = number > 0 && number === boxes().length; toggle.indeterminate = number > 0 && number < boxes().length; }
    if (place) place.textContent = number ? number + " selected" : "";
    boxes().forEach((box) => box.closest("tr").classList.toggle("picked", box.checked));
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches(".action-rowtoggle")) boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches(".action-rowtoggle, .action-checkbox")) count();
  });

  async function act(name, label) {
    if (!picked().length) { app.toast(JSON.parse(find("#message-data").textContent), "warning"); return; }
    const question = JSON.parse(find("#actions-confirmation-data").textContent)[name];
    const danger = name === "delete";
    if (question && !(await app.confirm(question, { title: label + ": " + picked().length + " selected", ok: label, danger }))) return;
    const form = find("#action_form");
    find("[name=action]", form).value = name;
    all("[name=rowid]", form).forEach((field) => field.remove());
    picked().forEach(function (box) {
      const field = document.createElement("input");
      field.type = "hidden"; field.name = "rowid"; field.value = box.value;
      form.append(field);
    });
    form.submit();
  }

  // ---- rows of another table inside a form ----
  function addRow(button) {
    const list = find(".inline-field-list", button.closest(".inline-field"));
    window.faForm.addInlineField(button, button.dataset.inlineAdd);
    const row = list.lastElementChild;
    relabel(row);
    const first = find("input:not([type=hidden]), select, textarea", row);
    if (first) first.focus();
    button.closest("form").dataset.dirty = "1";
  }

  // A new row's labels still point to the template's ids: Flask-Admin renames the fields only.
  function relabel(row) {
    all("label[for]", row).forEach(function (label) {
      if (!document.getElementById(label.htmlFor) || !row.contains(document.getElementById(label.htmlFor))) label.htmlFor = row.id + "-" + label.htmlFor;
    });
    all(".select2-container", row).forEach(nameSelect2);
  }

  async function removeRow(button) {
    const row = button.closest(".inline-row");
    const typed = all("input:not([type=hidden]), textarea", row).some((field) => field.value && field.type !== "checkbox");
    if (typed && !(await app.confirm("What is typed in this row goes away.", { title: "Remove this row?", ok: "Remove", danger: true }))) return;
    const form = row.closest("form");
    row.remove();
    const add = find("[data-inline-add]", form);
    if (add) add.focus();
  }

  // ---- windows: create, edit or look at a row without leaving the list ----
  async function openWindow(link) {
    const box = find(link.dataset.modal), content = find(".modal-content", box);
    let response;
    try { response = await app.request(link.href); } catch { app.toast(app.offline, "error"); return; }
    if (app.loggedOut(response)) { if (await app.relogin()) await openWindow(link); return; }
    if (!response.ok) { app.toast("This could not be opened (" + response.status + "). Reload the page.", "error"); return; }
    content.innerHTML = await response.text();
    $(box).one("shown.bs.modal", function () {
      const first = find(".fields input:not([type=hidden]), .fields select, .fields textarea, [data-dismiss]", content);
      if (first) first.focus();
    }).one("hidden.bs.modal", () => { content.textContent = ""; link.focus(); });
    if (window.faForm) window.faForm.applyGlobalStyles(content);
    name(content);
    $(box).modal("show");
  }

  document.addEventListener("click", function (event) {
    const target = event.target;
    const action = target.closest("[data-action]");
    if (action) act(action.dataset.action, action.textContent.trim());
    const add = target.closest("[data-inline-add]");
    if (add) addRow(add);
    const remove = target.closest("[data-inline-remove]");
    if (remove) removeRow(remove);
    const link = target.closest("[data-modal]");
    if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openWindow(link); }
  });

  // ---- pickers: the browser's own for dates, times and short choices ----
  const TYPES = { datepicker: "date", datetimepicker: "datetime-local", timepicker: "time" };

  function nativePicker($field, role) {
    const field = $field[0];
    // In a cell the browser's own list is enough, and works by touch and keyboard.
    if (field.dataset.type === "select2" && role !== "x-editable-select2-multiple") field.dataset.type = "select";
    if (role === "select2" && field.tagName === "SELECT" && field.options.length <= 12 && !field.multiple) { field.classList.add("native"); return true; }
    const type = TYPES[role];
    if (!type || field.tagName !== "INPUT") return false;
    if (type === "date") { field.type = "date"; return true; }
    const shown = document.createElement("input");
    shown.type = type; shown.className = field.className; shown.id = field.id; shown.step = "1"; shown.disabled = field.disabled;
    shown.value = field.value.replace(" ", "T");
    field.removeAttribute("id"); field.type = "hidden";
    shown.addEventListener("input", () => { field.value = shown.value.replace("T", " ") + (/[T ]?\d\d:\d\d$/.test(shown.value) && shown.value.split(":").length === 2 ? ":00" : ""); });
    field.before(shown);
    return true;
  }

  // ---- names for what Select2 and X-editable draw ----
  function nameSelect2(container) {
    const source = container.nextElementSibling;
    const focusser = find(".select2-focusser, .select2-input", container);
    const label = source && source.id && find('label[for="' + CSS.escape(source.id) + '"]');
    const words = (label ? label.textContent : (source && source.getAttribute("aria-label")) || "Choose").replace("*", "").trim();
    all("input", container).forEach((input) => input.setAttribute("aria-label", words));
    all(".select2-choice", container).forEach((choice) => { choice.setAttribute("role", "presentation"); choice.removeAttribute("href"); });
    all(".select2-offscreen:not(input)", container).forEach((label) => { label.textContent = words; });
    if (source && source.tagName === "SELECT") source.setAttribute("aria-label", words);
    if (label && focusser && focusser.id) label.htmlFor = focusser.id;
  }

  function name(part) {
    all(".select2-container", part).forEach(nameSelect2);
    all('a[data-role^="x-editable"]', part).forEach(function (link) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-label", "Change " + (link.dataset.label || link.name) + ": " + (link.textContent.trim() || "empty"));
      $(link).off(".inhands").on("save.inhands", () => app.toast("Saved.", "success")).on("shown.inhands", () => setTimeout(() => nameEditor(link), 0));
    });
  }

  function nameEditor(link) {
    const words = link.dataset.label || link.name;
    $(link).popover("update");  // it was placed before its content was there
    all(".popover input, .popover textarea, .popover select").forEach((field) => field.setAttribute("aria-label", words));
    all(".popover .editable-submit").forEach((button) => button.setAttribute("aria-label", "Save"));
    all(".popover .editable-cancel").forEach((button) => button.setAttribute("aria-label", "Cancel"));
  }

  if ($ && window.faForm) {
    window.faForm.addFieldConverter(nativePicker);
    // Bootstrap keeps the focus inside its window; Select2's search field stands outside of it.
    if ($.fn.modal) $.fn.modal.Constructor.prototype._enforceFocus = function () {};
  }
  // X-editable reads its JSON with new Function(), which the content security policy refuses.
  if ($ && $.fn.editableutils) {
    $.fn.editableutils.tryParseJson = function (text, safe) {
      if (typeof text !== "string" || !/^[{[].*[}\]]$/.test(text)) return text;
      try { return JSON.parse(text); } catch (error) { if (safe) return text; throw error; }
    };
  }
  // Select2 3.5 says "owns" where readers expect "controls".
  if ($) $(document).on("select2-open", function () {
    all(".select2-drop-active input[role=combobox]").forEach(function (input) {
      const list = find(".select2-results", input.closest(".select2-drop"));
      if (list) input.setAttribute("aria-controls", list.id);
      if (!input.getAttribute("aria-label")) input.setAttribute("aria-label", "Search");
    });
  });
  if ($) $(function () { setTimeout(() => name(document), 0); });
  count();
})();
