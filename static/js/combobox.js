// A text input that offers what the server finds while somebody types (ARIA combobox with a list).
(function () {
  "use strict";
  let counter = 0;

  // options: find(text) → Promise of [{label, sub, item}], choose(item), empty: words when nothing is found.
  window.combobox = function (input, options) {
    const id = "choices-" + ++counter;
    const list = document.createElement("ul");
    list.className = "choices"; list.id = id; list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label") || (input.labels && input.labels[0] ? input.labels[0].textContent.trim() : "Choices"));
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off" })) input.setAttribute(name, value);
    let found = [], active = -1, ticket = 0, timer = 0;

    const isOpen = () => !list.hidden;

    function place() {
      const box = input.getBoundingClientRect();
      const below = window.innerHeight - box.bottom;
      list.style.left = box.left + "px";
      list.style.minWidth = Math.max(box.width, 260) + "px";
      list.style.top = below > 220 || below > box.top ? box.bottom + 4 + "px" : "auto";
      list.style.bottom = below > 220 || below > box.top ? "auto" : window.innerHeight - box.top + 4 + "px";
    }

    function open() {
      (input.closest("dialog") || document.body).append(list);
      list.hidden = false; place();
      input.setAttribute("aria-expanded", "true");
    }

    function close() {
      ticket += 1; clearTimeout(timer);
      list.hidden = true; active = -1; list.remove();
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function point(at) {
      active = at;
      Array.from(list.children).forEach((child, number) => child.setAttribute("aria-selected", String(number === at)));
      const child = list.children[at];
      if (child && found.length) { input.setAttribute("aria-activedescendant", child.id); child.scrollIntoView({ block: "nearest" }); }
      else input.removeAttribute("aria-activedescendant");
    }

    function draw() {
      list.replaceChildren(...found.map(function (choice, number) {
        const child = document.createElement("li");
        child.id = id + "-" + number; child.setAttribute("role", "option"); child.setAttribute("aria-selected", "false");
        child.append(choice.label);
        if (choice.sub) { const sub = document.createElement("span"); sub.className = "sub"; sub.textContent = choice.sub; child.append(sub); }
        // Before the input loses the focus.
        child.addEventListener("pointerdown", (event) => { event.preventDefault(); pick(number); });
        return child;
      }));
      if (!found.length) {
        const child = document.createElement("li");
        child.className = "muted"; child.setAttribute("role", "option"); child.setAttribute("aria-disabled", "true"); child.setAttribute("aria-selected", "false");
        child.textContent = options.empty || "Nothing found";
        list.append(child);
      }
    }

    function pick(number) {
      const choice = found[number];
      close();
      if (choice) options.choose(choice.item);
    }

    async function look() {
      const mine = ++ticket, text = input.value.trim();
      if (!text) { close(); return; }
      let answer;
      try { answer = await options.find(text); } catch { return; }
      if (mine !== ticket || document.activeElement !== input) return;
      found = answer; draw(); open(); point(options.first && found.length ? 0 : -1);
    }

    input.addEventListener("input", function () { clearTimeout(timer); ticket += 1; timer = setTimeout(look, 150); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" && !event.altKey && (isOpen() || options.arrows)) {
        event.preventDefault(); event.stopImmediatePropagation();
        if (isOpen()) point(Math.min(active + 1, found.length - 1)); else look();
      } else if (event.key === "ArrowUp" && isOpen()) {
        event.preventDefault(); event.stopImmediatePropagation(); point(Math.max(active - 1, -1));
      } else if (event.key === "Enter" && isOpen() && active >= 0) {
        event.preventDefault(); event.stopImmediatePropagation(); pick(active);
      } else if (event.key === "Escape" && isOpen()) {
        event.preventDefault(); event.stopImmediatePropagation(); close();
      }
    });
    window.addEventListener("scroll", (event) => { if (isOpen() && !list.contains(event.target)) close(); }, true);
    return { close };
  };
})();
