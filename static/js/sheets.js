// Shared sheets: columns in the order somebody wants (mouse or keys), and one tick for all rows.
(function () {
  "use strict";
  const { find, all } = window.Inhands;

  const every = find("[data-tick-all]");
  if (every) every.addEventListener("change", () => all("[name=row]").forEach((box) => { box.checked = every.checked; }));

  const rows = find("#column-rows");
  if (!rows) return;
  const said = find("#moved");

  function tell(row) {
    const place = all("tr", rows).indexOf(row) + 1;
    said.textContent = row.dataset.column + " is column " + place + " now";
    rows.closest("form").dataset.dirty = "1";
  }

  rows.addEventListener("click", function (event) {
    const button = event.target.closest("[data-up], [data-down], [data-drop-row]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("tr");
    if ("up" in button.dataset && row.previousElementSibling) row.previousElementSibling.before(row);
    if ("down" in button.dataset && row.nextElementSibling) row.nextElementSibling.after(row);
    if ("dropRow" in button.dataset) {
      const next = row.nextElementSibling || row.previousElementSibling;
      said.textContent = row.dataset.column + " is taken out when you save";
      row.remove();
      if (next) find("input[name=title]", next).focus();
      rows.closest("form").dataset.dirty = "1";
      return;
    }
    tell(row);
    button.focus();
  });

  if (window.Sortable) window.Sortable.create(rows, { handle: ".grip", animation: 120, onEnd: (event) => tell(event.item) });
})();
