// Filters of the lists: native controls, the same query arguments as Flask-Admin's own (fltN_arg=value).
(function () {
  "use strict";
  const { find, all } = window.Inhands;
  const form = find("#filter_form"), data = find("#filter-groups-data");
  if (!form || !data) return;
  const groups = JSON.parse(data.textContent);
  const rows = find(".filter-rows", form);
  let counter = 0;

  const NATIVE = { datepicker: "date", datetimepicker: "datetime-local", timepicker: "time" };
  const RANGE = { daterangepicker: "date", datetimerangepicker: "datetime-local", timerangepicker: "time" };
  const JOIN = " to ";

  function element(tag, attributes, text) {
    const node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([key, value]) => node.setAttribute(key, value));
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // What the server reads ("2026-11-21 08:00:00") and what the browser's input shows ("2026-11-21T08:00").
  const toServer = (value, type) => type === "datetime-local" ? value.replace("T", " ") + (value.length === 16 ? ":00" : "")
    : type === "time" && value.length === 5 ? value + ":00" : value;
  const toInput = (value, type) => type === "datetime-local" ? value.trim().replace(" ", "T") : value.trim();

  function timeInput(type, label, value) {
    const input = element("input", { type, class: "input", "aria-label": label });
    if (type !== "date") input.step = "1";
    input.value = toInput(value || "", type);
    return input;
  }

  // The visible inputs write into one hidden field with the name the server expects.
  function dated(filter, label, value) {
    const range = RANGE[filter.type], type = range || NATIVE[filter.type];
    const hidden = element("input", { type: "hidden", name: filter.name });
    const parts = (value || "").split(JOIN);
    const inputs = range ? [timeInput(type, label + ", from", parts[0]), timeInput(type, label + ", to", parts[1])] : [timeInput(type, label, value)];
    const write = () => { hidden.value = inputs.every((item) => item.value) ? inputs.map((item) => toServer(item.value, type)).join(JOIN) : ""; };
    inputs.forEach((item) => item.addEventListener("input", write));
    write();
    return range ? [inputs[0], element("span", { class: "muted" }, "to"), inputs[1], hidden] : [inputs[0], hidden];
  }

  function control(filter, label, value) {
    if (NATIVE[filter.type] || RANGE[filter.type]) return dated(filter, label, value);
    if (filter.options && filter.type !== "select2-tags") {
      const select = element("select", { class: "input", name: filter.name, "aria-label": label });
      filter.options.forEach(function ([key, text]) {
        const option = element("option", { value: key }, text);
        option.selected = value !== null && value !== undefined && String(key) === String(value);
        select.append(option);
      });
      return [select];
    }
    const input = element("input", { class: "input", name: filter.name, type: "text", "aria-label": label });
    if (filter.type === "select2-tags") input.placeholder = "several, with commas";
    input.value = value || "";
    return [input];
  }

  function add(name, index, value, focus) {
    const filters = groups[name];
    if (!filters) return;
    const row = element("div", { class: "filter-row" });
    const place = element("span", { class: "filter-value" });
    const operation = element("select", { class: "input", "aria-label": name + ": how to compare" });
    filters.forEach((item, position) => operation.append(element("option", { value: position }, item.operation)));
    const number = counter++;
    const draw = function (start) {
      const chosen = filters[operation.value];
      place.replaceChildren(...control(Object.assign({}, chosen, { name: "flt" + number + "_" + chosen.arg }), name, start));
    };
    operation.value = Math.max(0, filters.findIndex((item) => item.index === index));
    operation.addEventListener("change", () => draw(null));
    const remove = element("button", { type: "button", class: "btn icon quiet", "aria-label": "Remove the filter " + name }, "×");
    remove.addEventListener("click", function () {
      row.remove();
      if (find(".filter-row", form)) return;
      if (JSON.parse(find("#active-filters-data").textContent).length) form.requestSubmit(); else form.hidden = true;
    });
    row.append(element("b", {}, name), operation, place, remove);
    rows.append(row);
    draw(value);
    form.hidden = false;
    if (focus) find("input:not([type=hidden]), select", place).focus();
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-filter]");
    if (button) add(button.dataset.filter, undefined, null, true);
  });
  // An empty field would ask for rows with an empty value; leave it out.
  form.addEventListener("submit", function () {
    all(".filter-value [name]", form).forEach((field) => { field.disabled = field.value === "" && !field.matches("select"); });
  });
  window.addEventListener("pageshow", () => all("[name]", form).forEach((field) => { field.disabled = false; }));
  JSON.parse(find("#active-filters-data").textContent).forEach(([index, name, value]) => add(name, index, value, false));
})();
