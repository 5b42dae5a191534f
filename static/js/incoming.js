// Files that come in: several at once, each with its progress and its own sentence; the sheet of a file.
(function () {
  "use strict";
  const app = window.Inhands, { find, all } = app;

  // ---- upload ----
  const form = find("[data-drop-files]");
  if (form) {
    const input = find("input[type=file]", form), list = find("[data-uploads]", form);
    find("[data-without-script]", form).hidden = true;
    let waiting = Promise.resolve();

    input.addEventListener("change", function () {
      const chosen = Array.from(input.files);
      input.value = "";
      take(chosen);
    });
    form.addEventListener("submit", (event) => event.preventDefault());

    ["dragenter", "dragover"].forEach((name) => form.addEventListener(name, function (event) {
      event.preventDefault();
      form.classList.add("over");
    }));
    ["dragleave", "drop"].forEach((name) => form.addEventListener(name, function (event) {
      event.preventDefault();
      if (name === "drop" || !form.contains(event.relatedTarget)) form.classList.remove("over");
    }));
    form.addEventListener("drop", (event) => take(Array.from(event.dataTransfer.files)));
    // A file that misses the field must not replace the page.
    ["dragover", "drop"].forEach((name) => window.addEventListener(name, (event) => event.preventDefault()));

    function take(files) {
      list.hidden = list.hidden && !files.length;
      files.map(line).forEach(function ([file, place]) {
        waiting = waiting.then(() => send(file, place));
      });
      waiting = waiting.then(() => { if (files.length) refreshList(); });
    }

    function line(file) {
      const place = document.createElement("li");
      const name = document.createElement("span"), bar = document.createElement("progress");
      name.textContent = file.name;
      bar.max = 100;
      bar.value = 0;
      bar.setAttribute("aria-label", "Upload of " + file.name);
      place.append(name, bar);
      list.append(place);
      return [file, place];
    }

    // fetch() does not tell how far an upload is.
    function send(file, place) {
      return new Promise(function (done) {
        const xhr = new XMLHttpRequest(), body = new FormData(), bar = find("progress", place);
        body.append("files", file, file.name);
        xhr.open("POST", form.action);
        xhr.setRequestHeader("X-Requested-With", "fetch");
        xhr.setRequestHeader("X-CSRFToken", app.token());
        xhr.upload.addEventListener("progress", function (event) {
          if (event.lengthComputable) bar.value = 100 * event.loaded / event.total;
          if (event.loaded === event.total) bar.removeAttribute("value");
        });
        xhr.addEventListener("load", function () {
          if (xhr.status === 401) {
            app.relogin().then((back) => back ? send(file, place).then(done) : (tell(place, file, "You are signed out. Sign in, then drop the file again."), done()));
            return;
          }
          const html = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html");
          if (html && (xhr.status === 200 || xhr.responseText.includes("role=\"alert\""))) {
            place.innerHTML = xhr.responseText;
            if (xhr.status !== 200) place.prepend(document.createTextNode(file.name + " "));
          } else tell(place, file, "The server could not take it (" + xhr.status + "). Try again.");
          done();
        });
        xhr.addEventListener("error", function () { tell(place, file, app.offline); done(); });
        xhr.send(body);
      });
    }

    function tell(place, file, text) {
      place.textContent = file.name + ": " + text;
    }

    // The rows below follow, what was uploaded stays in sight.
    function refreshList() {
      app.request(location.href).then((answer) => answer.ok ? answer.text() : "").then(function (text) {
        const fresh = text && find("table.model-list", new DOMParser().parseFromString(text, "text/html"));
        const old = find("table.model-list");
        if (fresh && old) old.replaceWith(fresh);
      });
    }
  }

  // ---- the sheet ----
  const sheet = find("[data-sheet]");
  if (sheet) {
    app.request(sheet.dataset.sheet)
      .then((answer) => answer.ok ? answer.text() : Promise.reject(answer))
      .then(function (text) { sheet.innerHTML = text; })
      .catch(function () { sheet.textContent = "The file could not be opened here. Download it instead."; })
      .finally(() => sheet.removeAttribute("aria-busy"));
  }
})();
