// The week of a production department: a job is dragged to another day, or moved by its button.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app;
  const week = find("#week[data-plan]");
  if (!week) return;

  async function plan(id, day) {
    const data = new FormData();
    data.set("day", day);
    let response;
    try { response = await app.request("/tasks/" + id + "/plan", { method: "POST", body: data }); } catch { app.toast(app.offline, "error"); return false; }
    if (app.loggedOut(response)) return (await app.relogin()) ? plan(id, day) : false;
    if (response.ok) return true;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    app.toast((page.body.textContent || "").trim() || "That was not saved (" + response.status + ").", "error");
    return false;
  }

  async function move(id, day, name, job) {
    const done = await plan(id, day);
    if (done) app.toast(day ? `${job} is planned for ${name}.` : `${job} is back on its due date.`, "success");
    document.dispatchEvent(new CustomEvent("task:changed", { detail: { id } }));
    return done;
  }

  const jobOf = (card) => find("b", card).textContent;

  // ---- dragging ----
  function drags() {
    all(".day .cards", week).forEach(function (list) {
      if (!window.Sortable || window.Sortable.get(list)) return;
      new window.Sortable(list, {
        group: "week", draggable: ".job", filter: ".mv, .more", preventOnFilter: false, animation: 120, sort: false, delay: 120, delayOnTouchOnly: true,
        onMove: (event) => { all(".day.drag", week).forEach((day) => day.classList.remove("drag")); event.to.closest(".day").classList.add("drag"); },
        onEnd: async function (event) {
          all(".day.drag", week).forEach((day) => day.classList.remove("drag"));
          if (event.from === event.to) return;
          const day = event.to.closest(".day").dataset;
          const done = await move(event.item.dataset.id, day.day, day.name, jobOf(event.item));
          if (!done) event.from.append(event.item);
        },
      });
    });
  }
  document.addEventListener("queue:news", drags);
  drags();

  // A drag must not also open the pop-up of the card.
  let dragged = 0;
  week.addEventListener("dragend", () => { dragged = Date.now(); }, true);
  week.addEventListener("click", function (event) {
    if (Date.now() - dragged < 150) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  // ---- the same without a mouse: a button on each card asks for the day ----
  week.addEventListener("click", function (event) {
    const button = event.target.closest(".mv");
    if (button) askDay(button.closest(".job"), button);
  });

  function askDay(card, button) {
    const here = card.closest(".day").dataset.day, job = jobOf(card), id = card.dataset.id;
    const box = document.createElement("dialog");
    box.className = "pop narrow";
    box.setAttribute("aria-labelledby", "move-title");
    box.innerHTML = '<form method="dialog" class="pop-slot"><header class="pop-head"><h1 id="move-title"></h1></header><div class="pop-body one"><div class="days"></div>' +
      '<div class="inline"><label class="field-label" for="move-day">Another day</label><input class="input grow" type="date" id="move-day"><button class="btn" value="other">Move</button></div></div>' +
      '<footer class="pop-foot"><button class="btn quiet" value="due">Back to its due date</button><span class="grow"></span><button class="btn" value="">Cancel</button></footer></form>';
    find("h1", box).textContent = "Move " + job + " to…";
    all(".day", week).filter((day) => day.dataset.day !== here && !day.classList.contains("closed")).forEach(function (day) {
      const choice = document.createElement("button");
      choice.className = "btn"; choice.value = day.dataset.day;
      const load = document.createElement("span");
      load.className = "sub"; load.textContent = find("header span", day).textContent;
      choice.append(day.dataset.name, load);
      find(".days", box).append(choice);
    });
    document.body.append(box);
    box.addEventListener("close", async function () {
      const value = box.returnValue, other = find("#move-day", box).value;
      box.remove();
      button.focus();
      const day = value === "other" ? other : value === "due" ? "" : value;
      if (value === "" || (value === "other" && !other)) return;
      const target = all(".day", week).find((item) => item.dataset.day === day);
      await move(id, day, target ? target.dataset.name : day, job);
    });
    box.showModal();
    find(".days button, input", box).focus();
  }
})();
