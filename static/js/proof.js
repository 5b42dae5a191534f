/* A proof before the customer: says that it is seen, and lets them mark points and frames by mouse, touch and keyboard. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const form = document.querySelector("[data-marks-form]");
  const seen = document.querySelector("form[data-viewed]");

  const report = () => {
    if (seen && document.visibilityState === "visible") {
      document.removeEventListener("visibilitychange", report);
      fetch(seen.action, { method: "POST", body: new FormData(seen), credentials: "same-origin" }).catch(() => {});
    }
  };
  document.addEventListener("visibilitychange", report);
  report();

  const tools = form && form.querySelector("[data-mark-tools]");
  if (!tools) return;
  tools.hidden = false;
  const kept = form.querySelector("[data-marks]");
  const list = form.querySelector("[data-marks-typed]");
  const status = form.querySelector("[data-mark-status]");
  const sheets = [...document.querySelectorAll(".proof-page svg.marks")];
  let marks = [];
  let tool = "";
  const MOST = 40;

  const say = (text) => { status.textContent = text; };
  const clamp = (value) => Math.min(Math.max(value, 0), 1);
  const pageOf = (sheet) => Number(sheet.closest(".proof-page").dataset.page);
  const size = (sheet) => [Number(sheet.dataset.width), Number(sheet.dataset.height)];

  const part = (name, words) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(words).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  };

  const draw = (draft) => {
    for (const sheet of sheets) {
      const [width, height] = size(sheet);
      sheet.replaceChildren();
      marks.concat(draft ? [draft] : []).forEach((mark, index) => {
        if (mark.page !== pageOf(sheet)) return;
        const x = mark.x * width;
        const y = mark.y * height;
        if (mark.w && mark.h) sheet.append(part("rect", { x, y, width: mark.w * width, height: mark.h * height }));
        sheet.append(part("circle", { cx: x, cy: y, r: width / 40 }));
        const number = part("text", { x, y, dy: "0.35em", "font-size": width / 34 });
        number.textContent = String(index + 1);
        sheet.append(number);
      });
      if (sheet.cross && document.activeElement === sheet) {
        const [x, y] = [sheet.cross.x * width, sheet.cross.y * height];
        const arm = width / 20;
        sheet.append(part("line", { class: "cross", x1: x - arm, y1: y, x2: x + arm, y2: y }), part("line", { class: "cross", x1: x, y1: y - arm, x2: x, y2: y + arm }));
      }
    }
    kept.value = marks.length ? JSON.stringify(marks) : "";
  };

  const row = (mark, index) => {
    const item = document.createElement("li");
    const line = document.createElement("div");
    line.className = "inline";
    const box = document.createElement("input");
    box.className = "input grow";
    box.maxLength = 500;
    box.value = mark.words;
    box.setAttribute("aria-label", `Mark ${index + 1}: what should be different here`);
    box.placeholder = "What should be different here";
    box.addEventListener("input", () => { mark.words = box.value; draw(); });
    const gone = document.createElement("button");
    gone.type = "button";
    gone.className = "btn icon quiet";
    gone.textContent = "✕";
    gone.setAttribute("aria-label", `Take mark ${index + 1} away`);
    gone.addEventListener("click", () => { marks.splice(index, 1); fill(); say(`Mark ${index + 1} is gone.`); });
    line.append(box, gone);
    item.append(line);
    return item;
  };

  const fill = () => {
    list.replaceChildren(...marks.map(row));
    draw();
  };

  const add = (mark) => {
    if (marks.length >= MOST) { say(`At most ${MOST} marks.`); return; }
    marks.push({ words: "", ...mark });
    choose("");
    fill();
    say(`Mark ${marks.length} is set. Say what should be different.`);
    list.lastElementChild.querySelector("input").focus();
  };

  const choose = (name) => {
    tool = tool === name ? "" : name;
    tools.querySelectorAll("[data-tool]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.tool === tool)));
    sheets.forEach((sheet) => {
      sheet.classList.toggle("drawing", Boolean(tool));
      if (tool) {
        sheet.setAttribute("tabindex", "0");
        sheet.setAttribute("role", "application");
        sheet.removeAttribute("aria-hidden");
        sheet.setAttribute("aria-label", `Page ${pageOf(sheet)}: arrows move the cross, Enter sets it, Escape ends`);
        sheet.cross = sheet.cross || { x: 0.5, y: 0.5 };
      } else {
        ["tabindex", "role", "aria-label"].forEach((word) => sheet.removeAttribute(word));
        sheet.setAttribute("aria-hidden", "true");
      }
      sheet.corner = null;
    });
    if (tool && sheets[0]) {
      sheets[0].closest(".proof-pages").scrollIntoView({ block: "nearest" });
      sheets[0].focus({ preventScroll: true });
    }
  };

  const frame = (page, from, to) => ({ page, x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), w: Math.abs(to.x - from.x), h: Math.abs(to.y - from.y) });
  const isFrame = (mark) => mark.w > 0.01 && mark.h > 0.01;

  const place = (sheet, event) => {
    const box = sheet.getBoundingClientRect();
    return { x: clamp((event.clientX - box.left) / box.width), y: clamp((event.clientY - box.top) / box.height) };
  };

  for (const sheet of sheets) {
    let from = null;
    sheet.addEventListener("pointerdown", (event) => {
      if (!tool) return;
      event.preventDefault();
      sheet.setPointerCapture(event.pointerId);
      from = place(sheet, event);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (from && tool === "frame") draw({ words: "", ...frame(pageOf(sheet), from, place(sheet, event)) });
    });
    sheet.addEventListener("pointercancel", () => { from = null; draw(); });
    sheet.addEventListener("pointerup", (event) => {
      if (!from) return;
      const mark = frame(pageOf(sheet), from, place(sheet, event));
      const start = from;
      from = null;
      add(tool === "frame" && isFrame(mark) ? mark : { page: pageOf(sheet), x: start.x, y: start.y, w: 0, h: 0 });
    });
    sheet.addEventListener("focus", () => draw());
    sheet.addEventListener("blur", () => draw());
    sheet.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 0.1 : 0.02;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (moves[event.key]) {
        event.preventDefault();
        sheet.cross = { x: clamp(sheet.cross.x + moves[event.key][0]), y: clamp(sheet.cross.y + moves[event.key][1]) };
        draw(sheet.corner ? { words: "", ...frame(pageOf(sheet), sheet.corner, sheet.cross) } : null);
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (tool === "frame" && !sheet.corner) {
          sheet.corner = { ...sheet.cross };
          say("One corner is set. Move to the other one and press Enter.");
          return;
        }
        const mark = sheet.corner ? frame(pageOf(sheet), sheet.corner, sheet.cross) : null;
        add(mark && isFrame(mark) ? mark : { page: pageOf(sheet), ...sheet.cross, w: 0, h: 0 });
      } else if (event.key === "Escape") {
        choose("");
        draw();
        say("No mark was set.");
      }
    });
  }
  tools.querySelectorAll("[data-tool]").forEach((one) => one.addEventListener("click", () => choose(one.dataset.tool)));
  try {
    marks = JSON.parse(kept.value || "[]");
  } catch {
    marks = [];
  }
  if (marks.length) fill();
})();
