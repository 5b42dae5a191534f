// Everything about one line that has no room in the grid: sizes, deliveries, decoration, the other fields.
(function () {
  "use strict";
  const entry = window.OrderEntry, drawer = document.getElementById("drawer");
  if (!entry || !drawer) return;
  const app = window.Inhands, money = window.OrderTotals, { find, all } = app;
  const released = entry.config.released;
  let row = null, counter = 0;

  // ---- fields out of a template: ids, values, problems, and where what is typed goes ----
  function bind(box, prefix, values, problems, changed) {
    all("[data-field]", box).forEach(function (field) {
      const name = field.dataset.field, id = "d" + ++counter, around = field.closest("[data-box]");
      field.id = id;
      const label = around && find("label", around);
      if (label) label.htmlFor = id;
      if (field.type === "checkbox") field.checked = Boolean(values[name]);
      else {
        if (field.tagName === "SELECT" && values[name] && !Array.from(field.options).some((option) => option.value === values[name])) field.add(new Option(values[name], values[name]));
        field.value = values[name] || (field.dataset.field === "destination" ? "0" : "");
      }
      const problem = problems.get(prefix + name), error = around && find("[data-error]", around);
      if (error) { error.id = id + "-error"; error.hidden = !problem; find("span", error).textContent = problem || ""; field.setAttribute("aria-describedby", error.id); }
      field.toggleAttribute("aria-invalid", Boolean(problem));
      if (problem) field.setAttribute("aria-invalid", "true");
      const take = function () {
        const text = field.type === "checkbox" ? (field.checked ? "yes" : "") : field.value;
        if (text) values[name] = text; else delete values[name];
        problems.delete(prefix + name);
        changed();
      };
      field.addEventListener("input", take);
      field.addEventListener("change", take);
    });
  }
  entry.bind = bind;

  function copyOf(id) { return document.getElementById(id).content.cloneNode(true); }
  const problemsOf = () => ({
    get: (name) => entry.problems.get(row.getData().key + "/" + name),
    delete: (name) => { entry.problems.delete(row.getData().key + "/" + name); },
  });

  // ---- sizes ----
  function drawSizes() {
    const box = find("#drawer-sizes"), data = row.getData();
    const typed = new Map((money.sizes(data.sizes) || []).map(([size, pieces]) => [size, money.plain(pieces)]));
    const known = data.known && data.known.sizes ? data.known.sizes : [];
    const names = Array.from(new Set([...known, ...typed.keys()]));
    box.replaceChildren(...names.map((name) => sizeCell(name, typed.get(name) || "")), newSize());
    const sum = document.createElement("output");
    sum.className = "size-sum"; box.append(sum);
    sumSizes();
  }

  function sizeCell(name, text) {
    const label = document.createElement("label"), input = document.createElement("input");
    label.className = "size"; label.append(name);
    input.className = "input num"; input.type = "text"; input.inputMode = "decimal"; input.autocomplete = "off";
    input.dataset.size = name; input.value = text;
    input.addEventListener("input", takeSizes);
    label.append(input);
    return label;
  }

  function newSize() {
    const label = document.createElement("label"), input = document.createElement("input");
    label.className = "size"; label.append("Other size");
    input.className = "input"; input.type = "text"; input.autocomplete = "off"; input.maxLength = 20; input.placeholder = "3XL";
    const add = function () {
      const name = input.value.trim();
      if (!name) return;
      const cell = sizeCell(name, "");
      label.before(cell); input.value = "";
      find("input", cell).focus();
    };
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); add(); } });
    input.addEventListener("change", add);
    label.append(input);
    return label;
  }

  function takeSizes() {
    const data = row.getData();
    const parts = all("[data-size]", find("#drawer-sizes")).filter((input) => input.value.trim()).map((input) => input.dataset.size + " " + input.value.trim());
    data.sizes = parts.join(", ");
    if (parts.length) data.values.quantity = "";
    ["sizes", "quantity"].forEach((name) => entry.problems.delete(data.key + "/" + name));
    sumSizes(); entry.total(row);
  }

  function sumSizes() {
    const data = row.getData(), sum = find(".size-sum", drawer);
    if (sum) sum.textContent = data.sizes ? money.plain(money.pieces(data)) + " pieces" : "";
  }

  // ---- deliveries and decorations ----
  function drawParts(kind) {
    const box = find("#drawer-" + kind), data = row.getData();
    box.replaceChildren();
    data[kind].forEach((values, number) => box.append(part(kind, values, number)));
  }

  function part(kind, values, number) {
    const one = kind === "schedule" ? "delivery" : "decoration";
    const copy = copyOf("row-" + (kind === "schedule" ? "schedule" : "decoration")), box = copy.firstElementChild;
    const destination = find('[data-field="destination"]', box);
    if (destination) entry.placeNames().forEach((text, at) => destination.add(new Option(text, String(at))));
    bind(box, one + "-" + number + "-", values, problemsOf(), () => { entry.total(row); countFilled(box); });
    const remove = find("[data-remove]", box);
    const frozen = kind === "schedule" && released && row.getData().id;
    if (frozen) { all("input, select, textarea, button", box).forEach((field) => { field.disabled = true; }); }
    find("legend", box).textContent = (one === "delivery" ? "Delivery " : "Decoration ") + (number + 1);
    remove.addEventListener("click", function () { row.getData()[kind].splice(number, 1); drawParts(kind); find('[data-add="' + kind + '"]', drawer).focus(); entry.total(row); });
    countFilled(box);
    return box;
  }

  function countFilled(box) {
    const details = find("details", box);
    if (!details) return;
    const filled = all("[data-field]", details).filter((field) => (field.type === "checkbox" ? field.checked : field.value)).length;
    const badge = find("[data-filled]", details);
    badge.hidden = !filled; badge.textContent = filled;
    if (find('[aria-invalid="true"]', details)) details.open = true;
  }
  entry.countFilled = countFilled;

  all("[data-add]", drawer).forEach(function (button) {
    button.addEventListener("click", function () {
      const kind = button.dataset.add;
      row.getData()[kind].push({});
      drawParts(kind);
      const last = find("#drawer-" + kind).lastElementChild;
      find("input:not([type=hidden]), select", last).focus();
    });
  });

  // ---- open, step, close ----
  function draw() {
    const data = row.getData();
    find("#drawer-title").textContent = "Line " + row.getPosition() + (data.values.description || data.values.sku ? ": " + (data.values.description || data.values.sku) : "");
    find("#drawer-sub").textContent = [data.values.sku, data.values.color].filter(Boolean).join(" · ");
    drawSizes(); drawParts("schedule"); drawParts("decorations");
    const frozen = released && data.id;
    find("#schedule-said").textContent = frozen ? "The deliveries of this line are jobs already. Change a job's date on the order's page." : "One row for each date or destination. Without any, everything goes to the first destination by the in-hands date.";
    find('[data-add="schedule"]', drawer).disabled = Boolean(frozen);
    const box = find("#drawer-line");
    box.replaceChildren(copyOf("row-line"));
    bind(box, "", data.values, problemsOf(), () => entry.total(row));
    find('[data-step="-1"]', drawer).disabled = !row.getPrevRow();
    find('[data-step="1"]', drawer).disabled = !row.getNextRow();
  }

  entry.openDrawer = function (chosen, name) {
    row = chosen;
    entry.current = row.getData().key;
    draw();
    if (!drawer.open) drawer.showModal();
    const wrong = name && find('[aria-invalid="true"]', drawer);
    (wrong || find("#drawer-sizes input") || find("#drawer-title")).focus();
  };

  all("[data-step]", drawer).forEach((button) => button.addEventListener("click", function () {
    const next = Number(button.dataset.step) > 0 ? row.getNextRow() : row.getPrevRow();
    if (next) { entry.refresh(row); row = next; entry.current = row.getData().key; draw(); }
  }));
  find("#drawer-done").addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
  drawer.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); drawer.close(); } });
  drawer.addEventListener("close", function () {
    if (!row) return;
    entry.total(row); entry.listProblems();
    entry.edit(row, "values.sku");
  });
})();
